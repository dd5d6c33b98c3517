//! What every inbox promises.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::{EntryChanged, Ledger, event, noon, put, unique};
use crate::{
    Cause, Envelope, EventId, clock,
    inbox::{Pending, Settled},
};

pub(super) async fn suite(store: &Arc<dyn Ledger>) {
    what_arrives_twice_waits_once(store).await;
    a_postponed_event_waits_for_its_time(store).await;
    an_event_of_a_clock_that_was_ahead_is_due(store).await;
    what_was_handled_never_comes_back(store).await;
    a_parked_event_can_be_edited_replayed_and_dropped(store).await;
    what_failed_without_having_been_taken_in_is_taken_in(store).await;
    settled_events_are_counted_by_correlation_and_type(store).await;
    handled_events_are_forgotten_in_time(store).await;
}

async fn due(store: &Arc<dyn Ledger>) -> Vec<Pending> {
    store.due(noon(), 100).await.unwrap()
}

fn ids(pending: &[Pending]) -> Vec<EventId> {
    pending.iter().map(|pending| pending.event.id).collect()
}

async fn what_arrives_twice_waits_once(store: &Arc<dyn Ledger>) {
    assert!(due(store).await.is_empty());
    let (a, b) = (event("a", 1), event("b", 1));
    store.receive(&[a.clone(), b.clone()]).await.unwrap();
    store.receive(&[b.clone(), a.clone()]).await.unwrap();
    let waiting = due(store).await;
    assert_eq!(ids(&waiting), [a.id, b.id]);
    assert_eq!(waiting[0].attempts, 0);
    assert_eq!(waiting[0].event.open::<EntryChanged>().unwrap().key, "a");
    assert_eq!(store.due(noon(), 1).await.unwrap().len(), 1);
    assert_eq!(store.next_due().await.unwrap(), Some(noon()));
    store
        .commit(put(&unique("in"), 1).handled(&[a.clone()]))
        .await
        .unwrap();
    store.done(&[b.clone()]).await.unwrap();
    assert!(due(store).await.is_empty());
    assert_eq!(store.next_due().await.unwrap(), None);
    let mut known = store
        .known(&[a.id, b.id, EventId::generate()])
        .await
        .unwrap();
    known.sort();
    assert_eq!(known, [a.id, b.id]);
}

async fn a_postponed_event_waits_for_its_time(store: &Arc<dyn Ledger>) {
    let late = event("late", 1);
    store.receive(&[late.clone()]).await.unwrap();
    let then = clock::after(noon(), Duration::from_secs(5));
    store
        .postpone(&late, 3, then, "store was away")
        .await
        .unwrap();
    assert!(due(store).await.is_empty());
    assert_eq!(store.next_due().await.unwrap(), Some(then));
    let waiting = store.due(then, 10).await.unwrap();
    assert_eq!((waiting[0].event.id, waiting[0].attempts), (late.id, 3));
    store.done(&[late]).await.unwrap();
}

async fn an_event_of_a_clock_that_was_ahead_is_due(store: &Arc<dyn Ledger>) {
    let mut early = event("early", 1);
    early.time = clock::after(noon(), Duration::from_secs(365 * 24 * 3600));
    store.receive(&[early.clone()]).await.unwrap();
    assert_eq!(ids(&due(store).await), [early.id]);
    store.done(&[early]).await.unwrap();
}

async fn what_was_handled_never_comes_back(store: &Arc<dyn Ledger>) {
    let done = event("done", 1);
    store.done(&[done.clone()]).await.unwrap();
    store.receive(&[done.clone()]).await.unwrap();
    store.postpone(&done, 1, noon(), "too late").await.unwrap();
    store.park(&done, 1, "too late").await.unwrap();
    assert!(due(store).await.is_empty());
    assert!(store.parked(None, 10).await.unwrap().is_empty());
}

async fn a_parked_event_can_be_edited_replayed_and_dropped(store: &Arc<dyn Ledger>) {
    let (bad, worse) = (event("bad", 1), event("worse", 1));
    store.receive(&[bad.clone(), worse.clone()]).await.unwrap();
    store.park(&bad, 8, "no such key").await.unwrap();
    store.park(&worse, 1, "unreadable").await.unwrap();
    assert!(due(store).await.is_empty());
    assert_eq!(store.count_parked().await.unwrap(), 2);
    let parked = store.parked(None, 1).await.unwrap();
    assert_eq!(
        (parked[0].attempts, parked[0].reason.as_str()),
        (8, "no such key")
    );
    let beyond = store.parked(Some(parked[0].event.id), 10).await.unwrap();
    assert_eq!(beyond.len(), 1);
    assert_eq!(beyond[0].event.id, worse.id);
    let found = store.find_parked(worse.id).await.unwrap().unwrap();
    assert_eq!((found.attempts, found.reason.as_str()), (1, "unreadable"));

    let edited = Envelope {
        data: event("good", 1).data,
        ..bad.clone()
    };
    assert!(store.replay(bad.id, Some(&edited)).await.unwrap());
    assert!(
        !store.replay(bad.id, None).await.unwrap(),
        "it is not parked any more"
    );
    assert!(store.find_parked(bad.id).await.unwrap().is_none());
    let waiting = due(store).await;
    assert_eq!(waiting[0].attempts, 0);
    assert_eq!(waiting[0].event.open::<EntryChanged>().unwrap().key, "good");

    assert!(store.drop_parked(worse.id).await.unwrap());
    assert!(!store.drop_parked(worse.id).await.unwrap());
    assert!(store.parked(None, 10).await.unwrap().is_empty());
    assert_eq!(store.known(&[worse.id]).await.unwrap(), [worse.id]);
    store.done(&[bad]).await.unwrap();
}

async fn what_failed_without_having_been_taken_in_is_taken_in(store: &Arc<dyn Ledger>) {
    let (late, bad) = (event("late", 2), event("bad", 2));
    store.postpone(&late, 1, noon(), "again").await.unwrap();
    store.park(&bad, 1, "never").await.unwrap();
    assert_eq!(ids(&due(store).await), [late.id]);
    assert_eq!(store.parked(None, 10).await.unwrap()[0].event.id, bad.id);
    store.done(&[late, bad]).await.unwrap();
    assert!(store.parked(None, 10).await.unwrap().is_empty());
}

async fn settled_events_are_counted_by_correlation_and_type(store: &Arc<dyn Ledger>) {
    let correlation = Uuid::now_v7();
    let events: Vec<Envelope> = (0..5)
        .map(|n| {
            let entry = EntryChanged {
                key: format!("s{n}"),
                version: 1,
                text: String::new(),
            };
            Envelope::seal(&entry, noon(), &Cause::correlated(correlation))
        })
        .collect();
    let kind = events[0].kind.clone();
    let settled = |correlation| {
        let (store, kind) = (store.clone(), kind.clone());
        async move { store.settled(correlation, &kind).await.unwrap() }
    };
    store.receive(&events).await.unwrap();
    assert_eq!(settled(correlation).await, Settled::default());
    store
        .commit(put(&unique("s"), 1).handled(&events[..3]))
        .await
        .unwrap();
    store.park(&events[3], 1, "bad").await.unwrap();
    assert_eq!(settled(correlation).await, Settled { done: 3, parked: 1 });
    assert_eq!(settled(Uuid::now_v7()).await, Settled::default());
    assert_eq!(
        store.settled(correlation, "another").await.unwrap(),
        Settled::default()
    );
    store.done(&events[3..]).await.unwrap();
    assert_eq!(settled(correlation).await, Settled { done: 5, parked: 0 });
}

async fn handled_events_are_forgotten_in_time(store: &Arc<dyn Ledger>) {
    let (old, waiting) = (event("old", 1), event("waiting", 1));
    store.done(&[old.clone()]).await.unwrap();
    store.receive(&[waiting.clone()]).await.unwrap();
    assert_eq!(store.forget(noon()).await.unwrap(), 0);
    assert!(
        store
            .forget(clock::after(noon(), Duration::from_secs(1)))
            .await
            .unwrap()
            >= 1
    );
    assert!(store.known(&[old.id]).await.unwrap().is_empty());
    assert_eq!(ids(&due(store).await), [waiting.id]);
    store.done(&[waiting]).await.unwrap();
}
