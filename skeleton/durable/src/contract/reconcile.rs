//! Whether a publisher's current state, told again, makes an empty store hold the same.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::{
    Envelope,
    announce::CurrentState,
    reconcile::{Digests, Holdings},
};

/// Every event that is told again of a kind, in pages of `limit`, under new ids, each subject once.
pub async fn told_again(current: &dyn CurrentState, kind: &str, limit: u32) -> Vec<Envelope> {
    let (mut events, mut after) = (Vec::<Envelope>::new(), None::<String>);
    let (mut subjects, mut ids) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let page = current.page(kind, after.as_deref(), limit).await.unwrap();
        assert!(page.events.len() <= limit as usize, "a page has a limit");
        for event in page.events {
            assert_eq!(event.kind, kind);
            assert!(
                subjects.insert(event.subject.clone()),
                "{} twice",
                event.subject
            );
            assert!(ids.insert(event.id));
            events.push(event);
        }
        match page.next {
            None => return events,
            next if next == after => panic!("the cursor {next:?} stands still"),
            next => after = next,
        }
    }
}

/// What a consumer with an empty store holds after these events: of each subject the newest.
pub fn held<'a>(events: impl IntoIterator<Item = &'a Envelope>) -> Digests {
    let mut newest = BTreeMap::<&str, (Uuid, i64)>::new();
    for event in events {
        let (account, version) = (event.account.unwrap_or_default(), event.subject_version);
        let known = newest.entry(&event.subject).or_insert((account, version));
        *known = (*known).max((account, version));
    }
    let mut digests = Digests::new();
    for (subject, (account, version)) in newest {
        digests.entry(account).or_default().add(subject, version);
    }
    digests
}

/// The suite for a publisher of `kind` that holds at least one subject of it: what it tells again
/// makes an empty store hold the same, and one that misses a subject, or has an older version of
/// it, shows.
pub async fn reconcile_suite(current: &dyn CurrentState, holdings: &dyn Holdings, kind: &str) {
    let digests = holdings.digests(kind).await.unwrap();
    for limit in [1, 2, 500] {
        let events = told_again(current, kind, limit).await;
        assert!(!events.is_empty(), "nothing is told of {kind}");
        assert_eq!(held(&events), digests, "{kind}, in pages of {limit}");
    }
    let events = told_again(current, kind, 500).await;
    for index in 0..events.len() {
        let mut missed = events.clone();
        missed.remove(index);
        assert_ne!(held(&missed), digests, "a missing {kind} shows");
        let mut late = events.clone();
        late[index].subject_version -= 1;
        assert_ne!(held(&late), digests, "an older {kind} shows");
    }
    let shuffled: Vec<&Envelope> = events.iter().rev().chain(&events).collect();
    assert_eq!(
        held(shuffled),
        digests,
        "order and repetition do not matter"
    );
    assert!(
        current.page(kind, Some("not a cursor"), 10).await.is_err(),
        "a cursor that is none is refused"
    );
}
