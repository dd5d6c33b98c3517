//! What every outbox promises.

use std::{collections::HashSet, sync::Arc, time::Duration};

use super::{Ledger, drain, put, unique};
use crate::EventId;

const LEASE: Duration = Duration::from_secs(60);

pub(super) async fn suite(store: &Arc<dyn Ledger>) {
    events_wait_until_they_are_sent(store).await;
    given_back_events_can_be_claimed_at_once(store).await;
    if store.many_relays() {
        a_claim_is_exclusive_until_its_lease_runs_out(store).await;
        a_claim_can_be_prolonged(store).await;
        concurrent_relays_share_the_events(store).await;
    }
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
    let mut oldest_first = claimed.clone();
    oldest_first.sort_by_key(|event| event.id);
    assert_eq!(
        claimed.iter().map(|event| event.id).collect::<HashSet<_>>(),
        oldest_first
            .iter()
            .map(|event| event.id)
            .collect::<HashSet<_>>()
    );
    store
        .sent(&claimed.iter().map(|event| event.id).collect::<Vec<_>>())
        .await
        .unwrap();
    assert_eq!(store.status().await.unwrap().waiting, 2);
    store.sent(&[]).await.unwrap();
    assert_eq!(drain(store).await.len(), 2);
    assert_eq!(store.status().await.unwrap().oldest, None);
}

async fn given_back_events_can_be_claimed_at_once(store: &Arc<dyn Ledger>) {
    fill(store, 2).await;
    let ids: Vec<EventId> = store
        .claim(10, LEASE)
        .await
        .unwrap()
        .iter()
        .map(|event| event.id)
        .collect();
    assert_eq!(ids.len(), 2);
    store.give_back(&ids).await.unwrap();
    assert_eq!(store.claim(10, LEASE).await.unwrap().len(), 2);
    store.sent(&ids).await.unwrap();
}

async fn a_claim_is_exclusive_until_its_lease_runs_out(store: &Arc<dyn Ledger>) {
    fill(store, 2).await;
    assert_eq!(
        store
            .claim(10, Duration::from_millis(300))
            .await
            .unwrap()
            .len(),
        2
    );
    assert!(store.claim(10, LEASE).await.unwrap().is_empty());
    super::eventually("the end of a lease", || async {
        store.claim(10, LEASE).await.unwrap().len() == 2
    })
    .await;
    store.give_back(&[]).await.unwrap();
}

async fn a_claim_can_be_prolonged(store: &Arc<dyn Ledger>) {
    fill(store, 2).await;
    let short = Duration::from_millis(300);
    let held = store.claim(1, short).await.unwrap();
    let lost = store.claim(1, short).await.unwrap();
    let id = |claimed: &[crate::Envelope]| claimed.iter().map(|event| event.id).collect::<Vec<_>>();
    store.prolong(&id(&held), LEASE).await.unwrap();
    super::eventually("the end of the other lease", || async {
        let claimed = store.claim(10, LEASE).await.unwrap();
        assert!(!id(&claimed).contains(&held[0].id), "it was prolonged");
        id(&claimed) == id(&lost)
    })
    .await;
    store.sent(&id(&held)).await.unwrap();
    store.sent(&id(&lost)).await.unwrap();
}

async fn concurrent_relays_share_the_events(store: &Arc<dyn Ledger>) {
    fill(store, 60).await;
    let relays: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for _ in 0..20 {
                    let ids: Vec<EventId> = store
                        .claim(7, LEASE)
                        .await
                        .unwrap()
                        .iter()
                        .map(|event| event.id)
                        .collect();
                    store.sent(&ids).await.unwrap();
                    mine.extend(ids);
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for relay in relays {
        all.extend(relay.await.unwrap());
    }
    // The events of the test before are still claimed, hence at least.
    assert!(all.len() >= 60, "{}", all.len());
    assert_eq!(
        all.iter().collect::<HashSet<_>>().len(),
        all.len(),
        "two relays got one event"
    );
}
