//! What operators ask for: digests of what is held, and state told again.

use std::collections::BTreeMap;

use kith_shared::{
    events::{
        ingest::PersonState,
        network::{AnnotationChanged, TieChanged},
    },
    ids::{AccountId, CircleId, PersonId},
    sharing::Sharing,
};
use skeleton_durable::{Envelope, Event, reconcile::Digests};
use uuid::Uuid;

use crate::fixture::*;

/// A service that was told of two books with mail, a merge, tags and notes; and all events there were.
async fn busy() -> (Network, Vec<Envelope>) {
    let network = Network::start().await;
    let [ada, grace]: [AccountId; 2] = std::array::from_fn(|_| AccountId::generate());
    let people: Vec<PersonId> = (0..7).map(|_| PersonId::generate()).collect();
    let members = vec![
        member(ada, "Ada", Sharing::Name),
        member(grace, "Grace", Sharing::Name),
    ];
    let mut said = vec![
        seal(&account(ada, "Ada", &[])),
        seal(&account(grace, "Grace", &[])),
        seal(&circle(CircleId::generate(), 1, members)),
    ];
    for (index, id) in people.iter().enumerate() {
        let owner = if index < 5 { ada } else { grace };
        said.push(seal(&person(owner, *id, &format!("Person {index}"))));
        said.push(seal(&wrote(owner, *id, 6)));
    }
    said.push(seal(&together(ada, people[0], people[1], 3)));
    network.told(&said).await;
    let asked = network.client.as_account(ada.0);
    for id in [people[1], people[2]] {
        let path = format!("/api/v1/people/{id}/tags/friend");
        asked.put(&path, &()).await.expect_status(204);
    }
    let mut merged = person(ada, people[1], "");
    merged.version = 2;
    merged.state = PersonState::Merged { into: people[0] };
    network.told(&[seal(&merged)]).await;
    let path = format!("/api/v1/people/{}/tags/friend", people[2]);
    asked.delete(&path).await.expect_status(204);
    let heard = network.heard().await;
    (network, heard)
}

/// The last event of each subject of a type.
fn last<'e>(events: &'e [Envelope], kind: &str) -> BTreeMap<&'e str, &'e Envelope> {
    let mut last: BTreeMap<&str, &Envelope> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == kind) {
        let kept = last.entry(&event.subject).or_insert(event);
        if kept.subject_version < event.subject_version {
            *kept = event;
        }
    }
    last
}

#[tokio::test]
async fn what_is_held_has_the_digests_of_what_was_published() {
    let (network, heard) = busy().await;
    let holdings = network.operations.holdings.as_ref().unwrap();
    for kind in holdings.kinds() {
        let mut expected = Digests::new();
        for (subject, event) in last(&heard, kind) {
            let digest = expected
                .entry(event.account.unwrap_or(Uuid::nil()))
                .or_default();
            digest.add(subject, event.subject_version);
        }
        assert!(!expected.is_empty(), "{kind}");
        assert_eq!(holdings.digests(kind).await.unwrap(), expected, "{kind}");
    }
}

#[tokio::test]
async fn what_is_told_again_is_what_was_told_last() {
    let (network, heard) = busy().await;
    let current = network.operations.current.as_ref().unwrap();
    assert_eq!(current.kinds(), [TieChanged::TYPE, AnnotationChanged::TYPE]);
    for kind in current.kinds() {
        for limit in [1, 2, 100] {
            let (mut again, mut after) = (Vec::new(), None);
            loop {
                let page = current.page(kind, after.as_deref(), limit).await.unwrap();
                assert!(page.events.len() <= limit as usize);
                again.extend(page.events);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let expected = last(&heard, kind);
            assert_eq!(again.len(), expected.len(), "each subject once");
            for (subject, event) in last(&again, kind) {
                assert_eq!(event.data.get(), expected[subject].data.get());
                assert_eq!(event.account, expected[subject].account);
                assert_ne!(event.id, expected[subject].id);
            }
        }
    }
    assert!(
        current
            .page(TieChanged::TYPE, Some("nonsense"), 9)
            .await
            .is_err()
    );
}
