//! What every commit port promises.

use std::sync::Arc;

use uuid::Uuid;

use super::{EntryChanged, Guarantee, Ledger, drain, event, noon, put, unique};
use crate::commit::{ChangeSet, CommitError, KeptAnswer};

pub(super) async fn suite(store: &Arc<dyn Ledger>) {
    writes_and_events_are_committed_together(store).await;
    a_conflict_leaves_nothing_behind(store).await;
    an_event_is_handled_once(store).await;
    a_parked_event_is_not_handled_until_it_is_replayed(store).await;
    of_concurrent_writers_one_wins_each_version(store).await;
    of_concurrent_handlers_one_wins(store).await;
    a_kept_answer_is_given_again(store).await;
}

async fn writes_and_events_are_committed_together(store: &Arc<dyn Ledger>) {
    drain(store).await;
    let key = unique("together");
    store.commit(put(&key, 1)).await.unwrap();
    store.commit(put(&key, 2)).await.unwrap();
    assert_eq!(store.read(&key).await, Some((2, format!("{key} v2"))));
    let mut told: Vec<EntryChanged> = drain(store)
        .await
        .iter()
        .map(|event| event.open().unwrap())
        .collect();
    told.sort_by_key(|entry| entry.version);
    assert_eq!(
        told.iter().map(|entry| entry.version).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(told[1].text, format!("{key} v2"));
}

async fn a_conflict_leaves_nothing_behind(store: &Arc<dyn Ledger>) {
    drain(store).await;
    let (first, second) = (unique("conflict-a"), unique("conflict-b"));
    store.commit(put(&second, 1)).await.unwrap();
    drain(store).await;
    let arrived = event("elsewhere", 1);
    let mut change = put(&first, 1).handled(std::slice::from_ref(&arrived));
    change.writes.extend(put(&second, 1).writes);
    let refused = store.commit(change).await;
    assert!(
        matches!(refused, Err(CommitError::Conflict(_))),
        "{refused:?}"
    );
    if store.guarantee() == Guarantee::Atomic {
        assert_eq!(store.read(&first).await, None);
    }
    assert_eq!(store.read(&second).await, Some((1, format!("{second} v1"))));
    assert!(
        drain(store).await.is_empty(),
        "an event of a refused change got out"
    );
    assert!(store.known(&[arrived.id]).await.unwrap().is_empty());
}

async fn an_event_is_handled_once(store: &Arc<dyn Ledger>) {
    let key = unique("once");
    let arrived = event("elsewhere", 1);
    store
        .commit(put(&key, 1).handled(std::slice::from_ref(&arrived)))
        .await
        .unwrap();
    assert_eq!(store.known(&[arrived.id]).await.unwrap(), [arrived.id]);
    let again = store
        .commit(put(&key, 2).handled(std::slice::from_ref(&arrived)))
        .await;
    assert!(
        matches!(again, Err(CommitError::AlreadyHandled(_))),
        "{again:?}"
    );
    assert_eq!(store.read(&key).await, Some((1, format!("{key} v1"))));
    // One known event among new ones refuses the batch as well.
    let mixed = [event("elsewhere", 2), arrived];
    let again = store.commit(put(&key, 2).handled(&mixed)).await;
    assert!(
        matches!(again, Err(CommitError::AlreadyHandled(_))),
        "{again:?}"
    );
    assert!(store.known(&[mixed[0].id]).await.unwrap().is_empty());
}

async fn a_parked_event_is_not_handled_until_it_is_replayed(store: &Arc<dyn Ledger>) {
    let key = unique("parked");
    let bad = event("elsewhere", 1);
    let change = || put(&key, 1).handled(std::slice::from_ref(&bad));
    store.park(&bad, 8, "no such key").await.unwrap();
    let refused = store.commit(change()).await;
    assert!(
        matches!(refused, Err(CommitError::AlreadyHandled(_))),
        "{refused:?}"
    );
    assert_eq!(store.read(&key).await, None);
    assert!(store.find_parked(bad.id).await.unwrap().is_some());
    assert!(store.replay(bad.id, None).await.unwrap());
    store.commit(change()).await.unwrap();
    assert_eq!(store.read(&key).await, Some((1, format!("{key} v1"))));
}

async fn of_concurrent_writers_one_wins_each_version(store: &Arc<dyn Ledger>) {
    const WRITERS: usize = 8;
    const VERSIONS: i64 = 10;
    let key = unique("race");
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move {
                let mut won = 0;
                loop {
                    let version = store.read(&key).await.map_or(0, |(version, _)| version);
                    if version >= VERSIONS {
                        return won;
                    }
                    match store.commit(put(&key, version + 1)).await {
                        Ok(()) => won += 1,
                        Err(CommitError::Conflict(_) | CommitError::Unavailable(_)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    let mut won = 0;
    for writer in writers {
        won += writer.await.unwrap();
    }
    assert_eq!(
        won, VERSIONS,
        "two writers believed that they wrote one version"
    );
    let mut told: Vec<i64> = drain(store)
        .await
        .iter()
        .filter(|event| event.subject == key)
        .map(|event| event.subject_version)
        .collect();
    told.sort_unstable();
    assert_eq!(told, (1..=VERSIONS).collect::<Vec<_>>());
}

async fn of_concurrent_handlers_one_wins(store: &Arc<dyn Ledger>) {
    let arrived: Vec<_> = (0..20).map(|n| event("elsewhere", n)).collect();
    let handlers: Vec<_> = (0..6)
        .map(|n| {
            let (store, key) = (store.clone(), unique(&format!("handler-{n}")));
            let mut events = arrived.clone();
            events.rotate_left(n * 3);
            tokio::spawn(async move { store.commit(put(&key, 1).handled(&events)).await })
        })
        .collect();
    let mut won = 0;
    for handler in handlers {
        match handler.await.unwrap() {
            Ok(()) => won += 1,
            Err(CommitError::AlreadyHandled(_) | CommitError::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(won, 1);
}

async fn a_kept_answer_is_given_again(store: &Arc<dyn Ledger>) {
    let answer = KeptAnswer {
        account: Uuid::now_v7(),
        key: "a key".to_owned(),
        fingerprint: "f".to_owned(),
        status: 201,
        body: "{\"id\":1}".to_owned(),
        at: noon(),
    };
    let key = unique("kept");
    assert_eq!(
        store.kept_answer(answer.account, "a key").await.unwrap(),
        None
    );
    store
        .commit(put(&key, 1).answer(Some(answer.clone())))
        .await
        .unwrap();
    let again = store
        .commit(put(&key, 2).answer(Some(answer.clone())))
        .await;
    assert!(matches!(again, Err(CommitError::Repeated)), "{again:?}");
    assert_eq!(store.read(&key).await, Some((1, format!("{key} v1"))));
    assert_eq!(
        store.kept_answer(answer.account, "a key").await.unwrap(),
        Some(answer.clone())
    );
    assert_eq!(
        store.kept_answer(Uuid::now_v7(), "a key").await.unwrap(),
        None
    );
    store.commit(ChangeSet::new()).await.unwrap();
}
