//! The template's service and its next version on one database and one queue, through a migration
//! and back, with commands, changes and events of both on their way: nothing is lost, nothing is
//! counted twice, and nobody waits for the other to be gone.
//!
//! Run by `make test-engines`, which starts the engines and builds the version before.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "side_by_side/load.rs"]
mod load;
#[path = "side_by_side/place.rs"]
mod place;

use serde_json::Value;
use skeleton_durable::contract::proxy::Network;

use load::Load;
use place::{Place, Version, until};

/// Commands in each part of the upgrade.
const SOME: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_share_a_database_and_a_queue_and_lose_and_double_nothing() {
    let place = Place::new().await;
    let mut before = place.start(Version::Before).await;
    let load = Load::on(&[&before]);
    load.makes(SOME).await;

    // Events of the old schema wait in the outbox while the next version migrates.
    place.broker.set(Network::Cut);
    load.makes(SOME).await;
    assert!(
        place.waiting().await >= SOME as i64,
        "events did not wait for the broker"
    );
    let mut next = place.start(Version::Next).await;
    assert_eq!(place.migrations().await, 2);
    load.turn_to(&[&before, &next]);
    place.broker.set(Network::Good);
    load.makes(SOME).await;

    // The version before starts again on what is migrated already.
    before.kill();
    before = place.start(Version::Before).await;
    load.turn_to(&[&before, &next]);
    load.makes(SOME).await;

    // The upgrade is taken back: what the next version left behind is done by the one before.
    next.kill();
    load.turn_to(&[&before]);
    load.makes(SOME).await;
    until("the outbox to be empty", async || {
        let waiting = place.waiting().await;
        (waiting == 0).then_some(()).ok_or(waiting)
    })
    .await;

    // And made again, to the end.
    next = place.start(Version::Next).await;
    load.turn_to(&[&before, &next]);
    load.makes(SOME).await;
    load.turn_to(&[&next]);
    before.ends().await;
    load.makes(SOME).await;

    let expected = load.end().await;
    let activity = until("every change to be counted", async || {
        let activity = next.get("/activity").await;
        let waiting = place.waiting().await;
        let done = waiting == 0 && count(&activity, "/changes") >= expected.changes;
        done.then_some(activity.clone()).ok_or((waiting, activity))
    })
    .await;
    let listed = next.get("").await;
    // What is in hand is finished before the end: a second count of anything would be there by now.
    next.ends().await;
    assert_eq!(place.changes().await, expected.changes, "{activity}");

    let mut things: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(load::Made::of)
        .collect();
    things.sort();
    assert_eq!(things, expected.things);
    // Each version handled events of its own and of the other.
    let of_next = count(&activity, "/by_this_version/new_schema");
    let of_before = count(&activity, "/by_this_version/old_schema");
    assert!(
        of_before > 0,
        "the next version saw no event of the old schema: {activity}"
    );
    assert!(
        of_next > 0 && of_next < expected.of_new_schema,
        "one version saw all {} events of the new schema: {activity}",
        expected.of_new_schema
    );
}

fn count(activity: &Value, at: &str) -> i64 {
    activity.pointer(at).and_then(Value::as_i64).unwrap()
}
