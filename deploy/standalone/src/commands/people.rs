//! `kith people`: search people.

use clap::Args;
use serde_json::Value;

use super::path::encoded;
use crate::{api::Api, cli::Global, failure::Failure, output};

/// Which people.
#[derive(Args, Debug)]
pub struct People {
    /// Beginnings of names, organisations, titles, addresses; nothing for all, warmest first.
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// How many at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub limit: u32,
}

/// Shows them.
///
/// # Errors
/// Not found when nobody fits; see [`Failure`].
pub async fn people(global: &Global, command: &People) -> Result<(), Failure> {
    let query = command.query.join(" ");
    let api = Api::reach(global).await?;
    let path = format!(
        "/api/v1/people?q={}&limit={}",
        encoded(&query),
        command.limit
    );
    let found = api.get(&path).await;
    api.close().await;
    let found = found?;
    let items = found["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if global.json {
        output::json(&found);
    } else {
        items.iter().for_each(|person| output::line(row(person)));
    }
    if items.is_empty() {
        return Err(Failure::NotFound(format!("nobody fits {query:?}")));
    }
    Ok(())
}

fn row(person: &Value) -> String {
    let text = |name: &str| person[name].as_str().unwrap_or_default();
    let place = [text("title"), text("organisation")];
    let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
    let strength = person["strength"]
        .as_f64()
        .map_or_else(String::new, |s| format!("{s:.2}"));
    let owner = &person["owner"];
    let shared = match (owner["me"].as_bool(), owner["display_name"].as_str()) {
        (Some(false), Some(name)) => format!("  (shared by {name})"),
        _ => String::new(),
    };
    format!(
        "{:<28} {:<36} {strength:>4}{shared}",
        text("display_name"),
        place.join(", ")
    )
    .trim_end()
    .to_owned()
}
