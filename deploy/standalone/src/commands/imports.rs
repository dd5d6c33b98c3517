//! `kith imports …`: imports that wait, run or have ended.

use clap::Subcommand;
use serde_json::Value;
use skeleton_host::http::Method;
use uuid::Uuid;

use super::import::summary;
use crate::{api::Api, cli::Global, failure::Failure, output};

/// What to do with them.
#[derive(Subcommand, Debug)]
pub enum Imports {
    /// Show an account's imports, newest first.
    List {
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// End an import that waits or runs. What was read of its file by then stays; the file goes.
    Cancel {
        /// Which, as `kith imports list` shows it.
        #[arg(value_name = "ID")]
        id: Uuid,
    },
}

/// Lists or cancels imports, as `command` says.
///
/// # Errors
/// Not found where the account has no such import; failed where it has ended. See [`Failure`].
pub async fn imports(global: &Global, command: &Imports) -> Result<(), Failure> {
    let api = Api::reach(global).await?;
    let found = match command {
        Imports::List { limit } => api.get(&format!("/api/v1/imports?limit={limit}")).await,
        Imports::Cancel { id } => cancel(&api, *id).await,
    };
    api.close().await;
    let found = found?;
    if global.json {
        output::json(&found);
        return Ok(());
    }
    match found["items"].as_array() {
        Some(items) => items.iter().for_each(|import| output::line(row(import))),
        None => output::line(summary(&found)),
    }
    Ok(())
}

/// The import as it then is.
async fn cancel(api: &Api, id: Uuid) -> Result<Value, Failure> {
    let path = format!("/api/v1/imports/{id}");
    api.ask(Method::DELETE, &path, None).await?;
    api.get(&path).await
}

/// `0198…  running    2,500 records  Connections.csv`
fn row(import: &Value) -> String {
    let text = |name: &str| import[name].as_str().unwrap_or_default();
    format!(
        "{}  {:<10} {:>9} records  {}",
        text("id"),
        text("status"),
        import["counts"]["records"],
        text("file_name")
    )
}
