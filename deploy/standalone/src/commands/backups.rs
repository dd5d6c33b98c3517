//! `kith backups`: those that are made by themselves.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};
use skeleton_durable::clock::{Clock as _, SystemClock};
use skeleton_host::{shutdown::Shutdown, telemetry};

use super::operate::Services;
use crate::{
    api::Api,
    backup::{
        drill::drill,
        keep::Keeper,
        make::carried,
        place::{Archive, Decryption, archive, archives, instance, open_place},
        task::{self, Task},
        thin::{Decision, decide},
    },
    cli::Global,
    failure::Failure,
    output,
    settings::Settings,
};

const AFTER_HELP: &str = "\
Examples:
  KITH_BACKUP_PLACE=/media/disk/kith kith serve     makes them by itself, every hour
  kith backups list                                 which there are, and which go when
  kith backups drill                                restores the newest on trial
  KITH_SERVER=… KITH_TOKEN=… kith backups keep      makes them of a deployment, beside its gateway

Settings: KITH_BACKUP_PLACE (a folder or s3://bucket/prefix), KITH_BACKUP_RECIPIENTS (age1…),
KITH_BACKUP_EVERY (1h), KITH_BACKUP_HOURS, _DAYS, _MONTHS (24, 14, 12: of how many one is kept),
KITH_BACKUP_LONGEST (370d: none is kept longer), KITH_BACKUP_DRILL_EVERY (7d),
KITH_BACKUP_IDENTITY (the key that the drill opens them with), KITH_BACKUP_DRILL_FOLDER,
KITH_BACKUP_NOTIFY (who is told by mail when it fails).";

/// What to do with them.
#[derive(Subcommand, Debug)]
#[command(after_help = AFTER_HELP)]
pub enum Backups {
    /// Which archives there are, which of them stay, and what was made and tried last.
    List,
    /// Restore an archive on trial, compare what is there then, and throw it away.
    Drill(Drill),
    /// Make them when they are due, until stopped: for a deployment; `kith serve` does it by itself.
    Keep,
}

/// Which archive is tried.
#[derive(Args, Debug)]
pub struct Drill {
    /// A file, s3://bucket/prefix/name, or a place: then its newest. KITH_BACKUP_PLACE by default.
    #[arg(value_name = "ARCHIVE", env = "KITH_BACKUP_PLACE")]
    pub archive: String,
    /// See [`Decryption`].
    #[command(flatten)]
    pub decryption: Decryption,
}

/// Lists them, tries one, or makes them until stopped.
///
/// # Errors
/// See [`Failure`].
pub async fn backups(global: &Global, command: &Backups) -> Result<(), Failure> {
    match command {
        Backups::List => list(global).await,
        Backups::Drill(command) => try_one(global, command).await,
        Backups::Keep => keep(global).await,
    }
}

fn settings() -> Result<Settings, Failure> {
    Settings::load().map_err(|mistakes| Failure::Usage(mistakes.to_string()))
}

async fn list(global: &Global) -> Result<(), Failure> {
    let settings = settings()?;
    let schedule = &settings.backups;
    let address = schedule.place.as_deref().ok_or_else(|| {
        Failure::Usage("no place is named: set KITH_BACKUP_PLACE to where they are".to_owned())
    })?;
    let listed = archives(&open_place(address)?).await?;
    let api = Api::reach(global).await?;
    let asked = async {
        let services = Services::of(&api);
        let (_, secrets) = carried(&services).await?;
        Ok::<_, Failure>((instance(&secrets), services.tasks().await?))
    };
    let asked = asked.await;
    api.close().await;
    let (own, known) = asked?;
    let (own, others): (Vec<Archive>, Vec<Archive>) = listed
        .into_iter()
        .partition(|archive| archive.named.instance == own);
    let moments: Vec<Timestamp> = own.iter().map(Archive::taken_at).collect();
    let decisions = decide(&moments, &schedule.kept, SystemClock.now());
    let foreign = || std::iter::repeat(Decision::Keep("another Kith's"));
    let rows = own
        .iter()
        .zip(decisions)
        .chain(others.iter().zip(foreign()));
    if global.json {
        let items: Vec<Value> = rows
            .map(|(archive, decision)| item(archive, decision))
            .collect();
        output::json(&json!({
            "place": address,
            "items": items,
            "tasks": known.values().collect::<Vec<_>>(),
        }));
        return Ok(());
    }
    let is_empty = own.is_empty() && others.is_empty();
    for (archive, decision) in rows {
        let size = indicatif::HumanBytes(archive.bytes).to_string();
        let decision = match decision {
            Decision::Keep(reason) => reason.to_owned(),
            Decision::Remove(reason) => format!("goes: {reason}"),
        };
        output::line(format_args!("{}  {size:>11}  {decision}", archive.name));
    }
    if is_empty {
        output::line(format_args!("There is no backup in {address}"));
    }
    for task in known.values() {
        output::line(row(task));
    }
    Ok(())
}

fn item(archive: &Archive, decision: Decision) -> Value {
    let (Decision::Keep(reason) | Decision::Remove(reason)) = decision;
    json!({
        "name": archive.name,
        "taken_at": archive.taken_at(),
        "instance": archive.named.instance,
        "bytes": archive.bytes,
        "stays": !decision.removes(),
        "reason": reason,
    })
}

/// `backup: kith-….tar.zst at …, next at …`
fn row(task: &Task) -> String {
    let how = match task::wrong(task, SystemClock.now()) {
        Some((what, _)) => format!("WRONG {what}"),
        None => task::summary(task),
    };
    format!("{}: {how}", task.name)
}

async fn try_one(global: &Global, command: &Drill) -> Result<(), Failure> {
    let folder = settings()?.backups.drill_folder;
    let identities = command.decryption.identities()?;
    let (place, name) = archive(&command.archive).await?;
    let about = drill((&place, &name, &identities), &folder).await?;
    if global.json {
        output::json(&json!({
            "name": name, "taken_at": about.taken_at, "rows": about.rows(),
        }));
    } else {
        output::line(format_args!(
            "{name} was restored on trial: {} rows of {}, all as they were carried away",
            about.rows(),
            about.taken_at
        ));
    }
    Ok(())
}

async fn keep(global: &Global) -> Result<(), Failure> {
    let settings = settings()?;
    let _telemetry = telemetry::init(&settings.telemetry, "kith-backups")
        .map_err(|error| Failure::Usage(format!("otlp_endpoint: {error}")))?;
    // What is wrong now is told now, and not once an hour.
    settings.backups.open()?;
    settings.backups.identities()?;
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let api = Api::reach(global).await?;
    output::line(format_args!(
        "Backups of what runs {} go to {}",
        api.whence(),
        settings.backups.place.as_deref().unwrap_or_default()
    ));
    let keeper = Keeper::new(&api, &settings.backups, &settings.mail, shutdown.token());
    let kept = keeper.keep().await;
    api.close().await;
    kept
}
