//! `kith restore`: an archive into an empty data folder.

use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use skeleton_archive::{Identities, Place};

use super::{backup::bar, operate::Services};
use crate::{
    api::Api,
    backup::{
        About,
        check::check,
        fill::{Target, fill, needs_room, waiting_for},
        place::{Decryption, archive},
        rebuild::rebuild,
    },
    cli::Global,
    data::DataFolder,
    failure::Failure,
    output,
    settings::Settings,
};

/// How often is looked whether services run again, and for how long.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(120);

const AFTER_HELP: &str = "\
Examples:
  KITH_DATA=/srv/kith kith restore /media/disk/kith         the newest in that folder
  kith restore kith-20261129T230519Z-1a2b3c4d.tar.zst.age --identity key.txt
  kith restore /media/disk/kith --server https://… --token operator-…

The data folder (KITH_DATA) must be empty or not there. With --server it is the stores of a
deployment that are filled: each of its processes must have been started with KITH_RESTORE=true on an
empty store, and goes to work once that is done. The archive is read to its end and checked before
anything is written. What is interrupted starts over cleanly: give the command once more. After it,
sessions and keys are those of the moment of the backup.";

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
/// When the archive or the stores are not fit for it: then nothing was written. See [`Failure`].
pub async fn restore(global: &Global, command: &Restore) -> Result<(), Failure> {
    let identities = command.decryption.identities()?;
    let (place, name) = archive(&command.archive).await?;
    let bar = bar(&format!("checking {name}"));
    let about = check(&place, &name, &identities, &|bytes| bar.set_position(bytes)).await?;
    bar.set_message("restoring");
    let from = (&place, name.as_str(), &identities);
    let to = if global.server.is_some() {
        into_a_deployment(global, from, &about, &bar).await?
    } else {
        let settings = Settings::load().map_err(|mistakes| Failure::Usage(mistakes.to_string()))?;
        into_a_folder(settings, from, &about, &bar).await?
    };
    bar.finish_and_clear();
    tell(global, &name, &to, &about);
    Ok(())
}

pub(super) type From<'a> = (&'a Place, &'a str, &'a Identities);

/// Into the folder of these settings; where it is.
///
/// # Errors
/// See [`restore`].
pub(super) async fn into_a_folder(
    settings: Settings,
    from: From<'_>,
    about: &About,
    bar: &ProgressBar,
) -> Result<String, Failure> {
    needs_room(about, &settings.data)?;
    let data = DataFolder::hold_to_restore(&settings.data)?;
    let services: Vec<String> = about.services.keys().cloned().collect();
    let filled = async {
        let target = Target::folder(&data, about).await?;
        fill(&target, &services, from, about, &|bytes| {
            bar.set_position(bytes);
        })
        .await
    };
    if let Err(failure) = filled.await {
        // As it was: empty.
        data.give_up()?;
        return Err(failure);
    }
    let path = data.path().display().to_string();
    let api = Api::within(&settings, data).await?;
    let say = |what: &str| bar.set_message(what.to_owned());
    let services = Services::of(&api);
    let rebuilt = async {
        services.begin_epoch().await?;
        rebuild(&services, &say).await
    }
    .await;
    match &rebuilt {
        Ok(()) => api.close_restored().await?,
        Err(_) => api.close().await,
    }
    rebuilt.map(|()| format!("on {path}"))
}

/// Into the stores of the deployment that `global` names; where it is.
///
/// # Errors
/// See [`restore`].
pub(super) async fn into_a_deployment(
    global: &Global,
    from: From<'_>,
    about: &About,
    bar: &ProgressBar,
) -> Result<String, Failure> {
    let api = Api::reach(global).await?;
    let services = Services::of(&api);
    let waiting = waiting_for(&services, about).await?;
    // Before any of them works on what is restored.
    services.begin_epoch().await?;
    let target = Target::Deployment(&services);
    fill(&target, &waiting, from, about, &|bytes| {
        bar.set_position(bytes);
    })
    .await?;
    bar.set_message("waiting until the services run");
    until_ready(&services).await?;
    let say = |what: &str| bar.set_message(what.to_owned());
    rebuild(&services, &say).await?;
    Ok(api.whence())
}

/// Waits until every service answers its operator as one that runs.
async fn until_ready(services: &Services<'_>) -> Result<(), Failure> {
    let began = Instant::now();
    for name in services.names(None).await? {
        loop {
            match services.get(&name, "status").await {
                Ok(_) => break,
                Err(failure) if began.elapsed() > PATIENCE => {
                    return Err(Failure::Failed(format!(
                        "the stores are restored, but {name} does not come up: {failure}"
                    )));
                }
                Err(_) => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }
    Ok(())
}

fn tell(global: &Global, name: &str, to: &str, about: &About) {
    let (rows, at) = (about.rows(), about.taken_at);
    if global.json {
        output::json(&json!({ "name": name, "to": to, "taken_at": at, "rows": rows }));
    } else {
        output::line(format_args!("{rows} rows of {at} from {name} are {to}"));
    }
}
