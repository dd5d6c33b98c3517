//! Has the services tell each other what is not carried away, until they agree.

use std::time::{Duration, Instant};

use kith_shared::catalogue;

use crate::{
    commands::{
        announce::{self, Announce},
        operate::Services,
        reconcile,
    },
    failure::Failure,
};

/// How long is waited at least, and at most, before it is looked again whether all was taken in.
const LOOK_AFTER: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(15));
/// To compare is to read everything that two services hold, which those who take it in wait for: no
/// more than a part of the time goes into it.
const PAUSE_PER_COMPARISON: u32 = 4;
/// How long nothing may move before it is given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Tells everything to everybody who wants it, and waits until it was taken in and the stores agree.
///
/// # Errors
/// When a service fails, parks events, or the stores do not come to agree.
pub async fn rebuild(services: &Services<'_>, say: &dyn Fn(&str)) -> Result<(), Failure> {
    for from in services.names(None).await? {
        let kinds = announce::kinds(services, &from).await?;
        for event in catalogue::all() {
            for to in event
                .wanted_by
                .iter()
                .filter(|_| kinds.iter().any(|kind| kind == event.name))
            {
                say(&format!("{from} tells {to} of {}", event.name));
                let wish = Announce {
                    from: from.clone(),
                    to: (*to).to_owned(),
                    kind: Some(event.name.to_owned()),
                };
                announce::tell(services, &wish).await?;
            }
        }
    }
    agree(services, say).await
}

/// Waits until the stores agree: what a broker has taken over is on its way, and nobody counts it.
async fn agree(services: &Services<'_>, say: &dyn Fn(&str)) -> Result<(), Failure> {
    let (mut before, mut moved) = (Vec::new(), Instant::now());
    loop {
        let began = Instant::now();
        let (_, differences) = reconcile::compare(services, None).await?;
        let took = began.elapsed();
        if differences.is_empty() {
            return Ok(());
        }
        let told: Vec<String> = differences.iter().map(reconcile::row).collect();
        say(&format!("{} accounts do not agree yet", told.len()));
        if told != before {
            (before, moved) = (told, Instant::now());
        } else if moved.elapsed() > PATIENCE {
            return Err(Failure::Failed(format!(
                "the services do not agree on what was restored, and nothing moves any more; \
                 `kith doctor` says what is wrong (a broker must be empty before a restore): {}",
                told.join("; ")
            )));
        }
        let (least, most) = LOOK_AFTER;
        tokio::time::sleep((took * PAUSE_PER_COMPARISON).clamp(least, most)).await;
    }
}
