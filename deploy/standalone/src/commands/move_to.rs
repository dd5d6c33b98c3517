//! `kith move`: everything to another kind of store.

use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;
use serde_json::json;
use skeleton_archive::{Identities, Place, Recipients};
use skeleton_host::shutdown::Shutdown;
use uuid::Uuid;

use super::{
    backup::bar,
    restore::{into_a_deployment, into_a_folder},
};
use crate::{api::Api, backup::make, cli::Global, failure::Failure, output, settings::Settings};

const AFTER_HELP: &str = "\
Examples:
  kith move --to https://kith.example.com --to-token operator-…
        from the data folder of this machine to a process per service, each started with
        KITH_RESTORE=true on an empty store and with the same KITH_KEY_HASH
  kith move --server https://kith.example.com --token operator-… --to /srv/kith
        and back

Nothing is taken away from where it was. What is changed there meanwhile stays behind: move a data
folder while no server runs on it. An archive is written on the way, to a folder for files that do not
stay, encrypted with a key that this process alone knows, and removed in the end.";

/// Where to.
#[derive(Args, Debug)]
#[command(name = "move", after_help = AFTER_HELP)]
pub struct Move {
    /// A data folder, which must be empty or not there, or the address of a deployment.
    #[arg(long, value_name = "FOLDER|URL")]
    pub to: String,
    /// The operator's token of that deployment.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "KITH_TO_TOKEN",
        hide_env_values = true
    )]
    pub to_token: Option<String>,
    /// A folder with room for the archive.
    #[arg(long, value_name = "FOLDER")]
    pub through: Option<PathBuf>,
}

/// Moves it.
///
/// # Errors
/// When the source or the target is not fit for it; see [`Failure`].
pub async fn move_to(global: &Global, command: &Move) -> Result<(), Failure> {
    let through = command.through.clone().unwrap_or_else(std::env::temp_dir);
    let folder = through.join(format!("kith-move-{}", Uuid::now_v7().simple()));
    let moved = through_a_folder(global, command, &folder).await;
    // Whatever came of it; what is left of it nobody can read.
    let _ = std::fs::remove_dir_all(&folder);
    let (to, rows) = moved?;
    if global.json {
        output::json(&json!({ "to": to, "rows": rows }));
    } else {
        output::line(format_args!("{rows} rows are {to}"));
    }
    Ok(())
}

async fn through_a_folder(
    global: &Global,
    command: &Move,
    folder: &Path,
) -> Result<(String, u64), Failure> {
    let place = Place::new_folder(folder)?;
    let secret = hex::encode(rand::random::<[u8; 32]>());
    let recipients = Recipients::passphrase(SecretString::from(secret.clone()));
    let identities = Identities::default().with_passphrase(SecretString::from(secret));
    let bar = bar("carrying away");
    let api = Api::reach(global).await?;
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let progress = |bytes| bar.set_position(bytes);
    let made = make::make(&api, &place, &recipients, &progress, &shutdown.token()).await;
    api.close().await;
    let made = made?;
    bar.set_message("restoring");
    let from = (&place, made.name.as_str(), &identities);
    let to = if command.to.starts_with("http://") || command.to.starts_with("https://") {
        let there = Global {
            server: Some(command.to.clone()),
            token: command.to_token.clone(),
            ..Global::default()
        };
        into_a_deployment(&there, from, &made.about, &bar).await?
    } else {
        let settings = Settings::load().map_err(|mistakes| Failure::Usage(mistakes.to_string()))?;
        let settings = Settings {
            data: PathBuf::from(&command.to),
            ..settings
        };
        into_a_folder(settings, from, &made.about, &bar).await?
    };
    bar.finish_and_clear();
    Ok((to, made.about.rows()))
}
