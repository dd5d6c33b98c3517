//! Makes an archive of what the services hold.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, future::join_all, stream::select_all};
use jiff::Timestamp;
use serde_json::json;
use skeleton_archive::{Place, Recipients, Writer};
use skeleton_durable::clock::{Clock as _, SystemClock};
use skeleton_host::http::Method;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    About, Carried,
    cut::Cutter,
    place::{instance, name_of},
};
use crate::{
    api::{Answered, Api},
    commands::operate::Services,
    failure::Failure,
};

/// How long events are held back at most, should this command be killed meanwhile.
const HOLD: Duration = Duration::from_secs(60);

/// How long a store may say nothing, and the place take nothing.
const SILENCE: Duration = Duration::from_secs(600);

/// How often it is tried to open all stores at one moment.
const ATTEMPTS: u32 = 5;

/// Told how many bytes of lines have come.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// An archive that is there.
pub struct Made {
    /// Its name in its place.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What it says of itself.
    pub about: About,
}

/// Makes one.
///
/// # Errors
/// When a service, or the place, does not answer or fails, or it is stopped; then there is none.
pub async fn make(
    api: &Api,
    place: &Place,
    recipients: &Recipients,
    progress: Progress<'_>,
    stop: &CancellationToken,
) -> Result<Made, Failure> {
    let services = Services::of(api);
    let (names, secrets) = carried(&services).await?;
    let mut attempts = 1;
    let (taken_at, streams) = loop {
        match open(&services, &names).await {
            // An import that ended in this very moment took its file with it.
            Err(Failure::Unreachable(_)) if attempts < ATTEMPTS => attempts += 1,
            opened => break opened?,
        }
    };
    let name = name_of(taken_at, &instance(&secrets), !recipients.is_nobody());
    let mut writer = Writer::create(place, &name, recipients).await?;
    let carried = match write(streams, &mut writer, progress, stop).await {
        Ok(carried) => carried,
        Err(failure) => {
            writer.abandon().await;
            return Err(failure);
        }
    };
    let about = About {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at,
        services: carried,
        secrets,
    };
    let bytes = writer.finish(&about).await?;
    Ok(Made { name, bytes, about })
}

/// Services that carry something away, and the secrets that it is worthless without, by name.
///
/// # Errors
/// When a service does not answer, or two do not have the same secret.
pub async fn carried(
    services: &Services<'_>,
) -> Result<(Vec<String>, BTreeMap<String, String>), Failure> {
    let (mut names, mut secrets) = (Vec::new(), BTreeMap::new());
    for name in services.names(None).await? {
        let carried = services.get(&name, "backup").await?;
        for (name, secret) in carried["secrets"].as_object().into_iter().flatten() {
            let secret = secret.as_str().unwrap_or_default().to_owned();
            if *secrets.entry(name.clone()).or_insert(secret.clone()) != secret {
                return Err(Failure::Failed(format!(
                    "two services do not have the same {name}: one of them is set up wrongly, and \
                     what was hashed with it would match nothing"
                )));
            }
        }
        if carried["lines"] == true {
            names.push(name);
        }
    }
    Ok((names, secrets))
}

/// Opens a snapshot of every service, while none tells another anything new.
async fn open(
    services: &Services<'_>,
    names: &[String],
) -> Result<(Timestamp, Vec<(String, Answered)>), Failure> {
    let began = Instant::now();
    let id = Uuid::now_v7();
    let opened = async {
        hold(services, names, id, HOLD).await?;
        let taken_at = SystemClock.now();
        let streams = names
            .iter()
            .map(|name| services.stream(name, "backup/lines"));
        let streams: Result<Vec<_>, _> = join_all(streams).await.into_iter().collect();
        Ok::<_, Failure>((taken_at, streams?))
    }
    .await;
    // Whatever came of it; and if this fails, it runs out by itself.
    let released = hold(services, names, id, Duration::ZERO).await;
    let (taken_at, streams) = opened?;
    released?;
    if began.elapsed() >= HOLD {
        return Err(Failure::Unreachable(format!(
            "the services took longer than {} s to open their stores, so they would not be of one \
             moment; try again when they answer faster",
            HOLD.as_secs()
        )));
    }
    Ok((taken_at, names.iter().cloned().zip(streams).collect()))
}

async fn hold(
    services: &Services<'_>,
    names: &[String],
    id: Uuid,
    time: Duration,
) -> Result<(), Failure> {
    let wish = json!({"id": id, "seconds": time.as_secs()});
    let held = names
        .iter()
        .map(|name| services.ask(Method::POST, name, "backup/hold", Some(&wish)));
    let held: Result<Vec<_>, _> = join_all(held).await.into_iter().collect();
    held.map(drop)
}

/// All of them at once: whoever waits long holds up the store's own cleaning.
async fn write(
    streams: Vec<(String, Answered)>,
    writer: &mut Writer,
    progress: Progress<'_>,
    stop: &CancellationToken,
) -> Result<BTreeMap<String, Carried>, Failure> {
    let mut cutters: BTreeMap<String, (Cutter, u32)> = BTreeMap::new();
    let mut tagged = Vec::new();
    for (name, stream) in streams {
        cutters.insert(name.clone(), Default::default());
        tagged.push(stream.map(move |piece| (name.clone(), piece)).boxed_local());
    }
    let mut pieces = select_all(tagged);
    let mut come = 0;
    let stopped = || Failure::Failed("it was stopped".to_owned());
    // Whoever waits for a store that does not answer keeps others from trying.
    let mut next = async || {
        let next = tokio::time::timeout(SILENCE, pieces.next());
        let next = stop.run_until_cancelled(next).await.ok_or_else(stopped)?;
        next.map_err(|_| Failure::Unreachable("nothing came for minutes".to_owned()))
    };
    while let Some((name, piece)) = next().await? {
        let piece = piece.map_err(|error| broken(&name, &error))?;
        come += piece.len() as u64;
        progress(come);
        let Some((cutter, written)) = cutters.get_mut(&name) else {
            continue;
        };
        for entry in cutter.feed(&piece).map_err(|error| broken(&name, &error))? {
            let written = writer.entry(entry_name(&name, written), entry);
            let written = stop.run_until_cancelled(tokio::time::timeout(SILENCE, written));
            written.await.ok_or_else(stopped)?.map_err(|_| {
                Failure::Unreachable("the place took nothing for minutes".to_owned())
            })??;
        }
    }
    let mut carried = BTreeMap::new();
    for (name, (mut cutter, mut written)) in cutters {
        let rest = cutter.finish().map_err(|error| broken(&name, &error))?;
        writer.entry(entry_name(&name, &mut written), rest).await?;
        let all = Carried::of(&cutter.tally, cutter.bytes);
        let all = all.ok_or_else(|| broken(&name, &"it does not say what it is"))?;
        carried.insert(name, all);
    }
    Ok(carried)
}

fn broken(name: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Failed(format!(
        "the store of {name} was not read to its end: {error}"
    ))
}

fn entry_name(service: &str, written: &mut u32) -> String {
    let name = format!("{service}/{written:06}.lines");
    *written += 1;
    name
}
