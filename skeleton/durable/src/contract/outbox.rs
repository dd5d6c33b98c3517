//! What every outbox promises.

use std::{collections::HashSet, sync::Arc, time::Duration};

use super::{Ledger, drain, put, unique};
use crate::{Envelope, EventId};

const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
const LEASE: Duration = Duration::from_secs(60);
/// It is waited for, and must outlast a slow machine's next call.
const SHORT_LEASE: Duration = Duration::from_secs(2);

pub(super) async fn suite(store: &Arc<dyn Ledger>) {
    events_wait_until_they_are_sent(store).await;
    given_back_events_can_be_claimed_at_once(store).await;
    events_that_are_held_back_wait(store).await;
    nothing_waits_for_a_clock_that_was_ahead(store).await;
    if store.many_relays() {
        a_claim_is_exclusive_until_its_lease_runs_out(store).await;
        a_claim_can_be_prolonged(store).await;
        concurrent_relays_share_the_events(store).await;
    }
}

/// In order.
fn ids(claimed: &[Envelope]) -> Vec<EventId> {
    let mut ids: Vec<_> = claimed.iter().map(|event| event.id).collect();
    ids.sort();
    ids
}

async fn fill(store: &Arc<dyn Ledger>, events: usize) {
    drain(store).await;
    for _ in 0..events {
        store.commit(put(&unique("out"), 1)).await.unwrap();
    }
}

async fn events_wait_until_they_are_sent(store: &Arc<dyn Ledger>) {
    fill(store, 5).await;
    let status = store.status().await.unwrap();
    assert_eq!(status.waiting, 5);
    assert!(status.oldest.is_some());
    let claimed = store.claim(3, LEASE).await.unwrap();
    assert_eq!(claimed.len(), 3);
    store.sent(&ids(&claimed)).await.unwrap();
    assert_eq!(store.status().await.unwrap().waiting, 2);
    store.sent(&[]).await.unwrap();
    let rest = ids(&drain(store).await);
    assert_eq!(rest.len(), 2);
    assert!(ids(&claimed)[2] < rest[0], "the oldest first");
    assert_eq!(store.status().await.unwrap().oldest, None);
}

async fn nothing_waits_for_a_clock_that_was_ahead(store: &Arc<dyn Ledger>) {
    fill(store, 1).await;
    let claimed = ids(&store.claim(1, A_YEAR).await.unwrap());
    store.hold_back(uuid::Uuid::now_v7(), A_YEAR).await.unwrap();
    let again = ids(&store.claim(1, LEASE).await.unwrap());
    assert_eq!(again, claimed);
    store.sent(&again).await.unwrap();
}

async fn events_that_are_held_back_wait(store: &Arc<dyn Ledger>) {
    let (one, other) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    fill(store, 2).await;
    let claimed = ids(&store.claim(1, LEASE).await.unwrap());
    store.hold_back(one, LEASE).await.unwrap();
    store.hold_back(other, LEASE).await.unwrap();
    assert_eq!(ids(&store.claim(10, LEASE).await.unwrap()), []);
    // What is claimed leaves, and commits go on.
    assert_eq!(store.in_hand().await.unwrap(), 1);
    store.sent(&claimed).await.unwrap();
    assert_eq!(store.in_hand().await.unwrap(), 0);
    store.commit(put(&unique("out"), 1)).await.unwrap();
    store.hold_back(one, Duration::ZERO).await.unwrap();
    assert_eq!(
        ids(&store.claim(10, LEASE).await.unwrap()),
        [],
        "nobody ends what another wants"
    );
    store.hold_back(other, Duration::ZERO).await.unwrap();
    let claimed = ids(&store.claim(10, LEASE).await.unwrap());
    assert_eq!(claimed.len(), 2);
    assert_eq!(store.in_hand().await.unwrap(), 2);
    store.give_back(&claimed).await.unwrap();
    assert_eq!(store.in_hand().await.unwrap(), 0);
    drain(store).await;
    // It runs out by itself, should whoever asked for it be gone.
    store.commit(put(&unique("out"), 1)).await.unwrap();
    store.hold_back(one, SHORT_LEASE).await.unwrap();
    let ledger = store.clone();
    super::eventually("the end of the hold", async || {
        !ledger.claim(10, LEASE).await.unwrap().is_empty()
    })
    .await;
    drain(store).await;
}

async fn given_back_events_can_be_claimed_at_once(store: &Arc<dyn Ledger>) {
    fill(store, 2).await;
    let claimed = ids(&store.claim(10, LEASE).await.unwrap());
    assert_eq!(claimed.len(), 2);
    store.give_back(&[]).await.unwrap();
    store.give_back(&claimed).await.unwrap();
    assert_eq!(ids(&store.claim(10, LEASE).await.unwrap()), claimed);
    store.sent(&claimed).await.unwrap();
}

async fn a_claim_is_exclusive_until_its_lease_runs_out(store: &Arc<dyn Ledger>) {
    fill(store, 2).await;
    let first = ids(&store.claim(10, SHORT_LEASE).await.unwrap());
    assert_eq!(first.len(), 2);
    assert!(store.claim(10, LEASE).await.unwrap().is_empty());
    // A store may look at its clock for each event, so their leases need not end at one moment.
    let mut again = Vec::new();
    super::eventually("the end of both leases", async || {
        again.extend(ids(&store.claim(10, LEASE).await.unwrap()));
        again.len() >= first.len()
    })
    .await;
    again.sort();
    assert_eq!(again, first, "each is claimed again, once");
    store.sent(&first).await.unwrap();
}

async fn a_claim_can_be_prolonged(store: &Arc<dyn Ledger>) {
    fill(store, 2).await;
    let held = store.claim(1, SHORT_LEASE).await.unwrap();
    store.prolong(&ids(&held), LEASE).await.unwrap();
    let lost = store.claim(1, SHORT_LEASE).await.unwrap();
    super::eventually("the end of the other lease", || async {
        let claimed = store.claim(10, LEASE).await.unwrap();
        assert!(!ids(&claimed).contains(&held[0].id), "it was prolonged");
        ids(&claimed) == ids(&lost)
    })
    .await;
    store.sent(&ids(&held)).await.unwrap();
    store.sent(&ids(&lost)).await.unwrap();
}

async fn concurrent_relays_share_the_events(store: &Arc<dyn Ledger>) {
    fill(store, 60).await;
    let relays: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for _ in 0..20 {
                    let claimed = ids(&store.claim(7, LEASE).await.unwrap());
                    store.sent(&claimed).await.unwrap();
                    mine.extend(claimed);
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for relay in relays {
        all.extend(relay.await.unwrap());
    }
    assert_eq!(all.len(), 60);
    assert_eq!(
        all.iter().collect::<HashSet<_>>().len(),
        all.len(),
        "two relays got one event"
    );
}
