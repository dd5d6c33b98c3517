//! `kith backup`: everything in one archive, while Kith runs.

use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use skeleton_host::shutdown::Shutdown;

use crate::{
    api::Api,
    backup::{
        make::{self, Made},
        place::{Encryption, new_place},
    },
    cli::Global,
    failure::Failure,
    output,
};

const AFTER_HELP: &str = "\
Examples:
  kith backup /media/disk/kith                  one file more in that folder
  kith backup s3://bucket/kith                  server and keys as in AWS_ENDPOINT_URL, AWS_REGION,
                                                AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
  kith backup /media/disk/kith --recipient age1…    only who has the secret key can read it

Nobody is held up while it is made. The file is there as a whole or not at all. Without --recipient
or --passphrase-file whoever has the file can read everything in it, and act as anybody. In the place
where backups are made by themselves it is kept as long as those of its time.";

/// Where to, and for whom.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Backup {
    /// A folder, which is created, or s3://bucket/prefix.
    #[arg(value_name = "PLACE", env = "KITH_BACKUP_PLACE")]
    pub place: String,
    /// See [`Encryption`].
    #[command(flatten)]
    pub encryption: Encryption,
}

/// Makes one.
///
/// # Errors
/// When a service or the place fails; then there is no archive. See [`Failure`].
pub async fn backup(global: &Global, command: &Backup) -> Result<(), Failure> {
    let recipients = command.encryption.recipients()?;
    let place = new_place(&command.place)?;
    let api = Api::reach(global).await?;
    let bar = bar("carrying away");
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let progress = |bytes| bar.set_position(bytes);
    let made = make::make(&api, &place, &recipients, &progress, &shutdown.token()).await;
    bar.finish_and_clear();
    api.close().await;
    let made = made?;
    tell(global, &place.to_string(), &made);
    if recipients.is_nobody() {
        output::note(
            "It is not encrypted: whoever has the file can read everything and act as anybody",
        );
    }
    Ok(())
}

fn tell(global: &Global, place: &str, made: &Made) {
    let (rows, about) = (made.about.rows(), &made.about);
    if global.json {
        output::json(&json!({
            "name": made.name,
            "place": place,
            "bytes": made.bytes,
            "taken_at": about.taken_at,
            "rows": rows,
            "services": about.services,
        }));
    } else {
        let size = indicatif::HumanBytes(made.bytes);
        output::line(format_args!(
            "{} in {place}: {rows} rows, {size}",
            made.name
        ));
    }
}

/// Shows bytes that came, to whoever watches.
pub(super) fn bar(what: &str) -> ProgressBar {
    if !output::is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {bytes} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
