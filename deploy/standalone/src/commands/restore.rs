//! `kith restore`: an archive into an empty data folder.

use clap::Args;
use serde_json::json;

use super::{backup::bar, operate::Services};
use crate::{
    api::Api,
    backup::{
        About,
        check::check,
        fill::{fill, needs_room},
        place::{Decryption, archive},
        rebuild::rebuild,
    },
    cli::Global,
    data::DataFolder,
    failure::Failure,
    output,
    settings::Settings,
};

const AFTER_HELP: &str = "\
Examples:
  KITH_DATA=/srv/kith kith restore /media/disk/kith         the newest in that folder
  kith restore kith-20261129T230519Z.tar.zst.age --identity key.txt

The data folder (KITH_DATA) must be empty or not there. The archive is read to its end and checked
before anything is written. What is interrupted starts over cleanly: give the command once more.
After it, sessions and keys are those of the moment of the backup; what programs remembered of the
time since (versions, positions) is refused.";

/// Which, and how to open it.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Restore {
    /// A file that `kith backup` made, s3://bucket/prefix/name, or a place: then its newest.
    #[arg(value_name = "ARCHIVE")]
    pub archive: String,
    /// See [`Decryption`].
    #[command(flatten)]
    pub decryption: Decryption,
}

/// Restores it.
///
/// # Errors
/// When the archive or the folder is not fit for it: then nothing was written. See [`Failure`].
pub async fn restore(global: &Global, command: &Restore) -> Result<(), Failure> {
    if global.server.is_some() {
        return Err(Failure::Usage(
            "a backup is restored into a data folder (KITH_DATA) of this machine; --server names \
             another place"
                .to_owned(),
        ));
    }
    let identities = command.decryption.identities()?;
    let (place, name) = archive(&command.archive).await?;
    let bar = bar(&format!("checking {name}"));
    let about = check(&place, &name, &identities, &|bytes| bar.set_position(bytes)).await?;
    let settings = Settings::load().map_err(|mistakes| Failure::Usage(mistakes.to_string()))?;
    let data = DataFolder::hold_to_restore(&settings.data)?;
    needs_room(&about, data.path())?;
    bar.set_message("restoring");
    fill(&data, (&place, &name, &identities), &about, &|bytes| {
        bar.set_position(bytes);
    })
    .await?;
    bar.set_message("rebuilding what is not carried");
    let path = data.path().display().to_string();
    let api = Api::within(&settings, data).await?;
    let say = |what: &str| bar.set_message(what.to_owned());
    let rebuilt = rebuild(&Services::of(&api), &say).await;
    match &rebuilt {
        Ok(()) => api.close_restored().await?,
        Err(_) => api.close().await,
    }
    bar.finish_and_clear();
    rebuilt?;
    tell(global, &name, &path, &about);
    Ok(())
}

fn tell(global: &Global, name: &str, path: &str, about: &About) {
    if global.json {
        output::json(&json!({
            "name": name,
            "data": path,
            "taken_at": about.taken_at,
            "rows": about.rows(),
        }));
    } else {
        let (rows, at) = (about.rows(), about.taken_at);
        output::line(format_args!(
            "{path} is as it was at {at}: {rows} rows from {name}"
        ));
    }
}
