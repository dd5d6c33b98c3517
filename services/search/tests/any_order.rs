//! Whatever order events come in, and however often, the end is the same.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::Home;
use kith_search::domain::{
    document::{Annotation, Change, Document, Later, Part, Person, Tie},
    query::{Grant, Marks, Query, Scope},
};
use kith_shared::{
    events::{ingest::PersonState, network::Band},
    ids::{AccountId, PersonId},
};
use proptest::prelude::*;
use uuid::Uuid;

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));

fn person_id(n: u8) -> PersonId {
    PersonId(Uuid::from_u128(100 + u128::from(n)))
}

/// The state of a part follows from its version: as from a publisher, whose every version is one
/// state. Removal is final: only the last version may be one.
fn change(person: u8, kind: u8, version: i64) -> Change {
    let part = match kind {
        0 => Part::Person(Person {
            version,
            state: match (person, version) {
                (0, 5) => PersonState::Removed,
                (1, 3) => PersonState::Merged { into: person_id(2) },
                _ => PersonState::Active,
            }
            .into(),
            display_name: format!("Ada {version}"),
            other_names: Vec::new(),
            emails: Vec::new(),
            phones: Vec::new(),
            employments: vec![(format!("Acme {version}"), None)],
            labels: Vec::new(),
            aliases: Vec::new(),
            later: Later::new(),
        }),
        1 => Part::Annotation(Annotation {
            version,
            tags: vec![format!("tag{version}")],
            notes: vec![format!("note{version}")],
            later: Later::new(),
        }),
        _ => Part::Tie(Tie {
            version,
            band: [Band::Weak, Band::Good, Band::Strong][version as usize % 3].into(),
            later: Later::new(),
        }),
    };
    Change {
        id: person_id(person),
        account: ACCOUNT,
        part,
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let one =
        (0u8..3, 0u8..3, 1i64..6).prop_map(|(person, kind, version)| change(person, kind, version));
    prop::collection::vec(one, 1..40)
}

fn everybody() -> Query {
    let own = Grant {
        account: ACCOUNT,
        scope: Scope::Own,
        except: Marks::default(),
        only: None,
    };
    Query {
        words: Vec::new(),
        grants: vec![own],
        after: None,
        limit: 50,
    }
}

proptest! {
    #[test]
    fn a_document_ends_the_same_in_any_order(
        (given, shuffled) in changes().prop_flat_map(|given| (Just(given.clone()), Just(given).prop_shuffle())),
    ) {
        let end = |changes: &[Change]| {
            let mut documents = std::collections::BTreeMap::new();
            for change in changes.iter().chain(changes.iter().take(changes.len() / 2)) {
                documents
                    .entry(change.id)
                    .or_insert_with(|| Document::placeholder(change.id, change.account))
                    .absorb(change.part.clone());
            }
            documents
        };
        prop_assert_eq!(end(&given), end(&shuffled));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn an_index_ends_the_same_in_any_order_and_in_any_batches(
        (given, shuffled) in changes().prop_flat_map(|given| (Just(given.clone()), Just(given).prop_shuffle())),
        size in 1usize..12,
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let end = |changes: Vec<Change>, size: usize| {
            let home = Home::new();
            let index = home.index();
            runtime.block_on(async {
                for batch in changes.chunks(size) {
                    index.apply(batch.to_vec()).await.unwrap();
                }
                // The last batch comes again.
                index.apply(changes[changes.len() - size.min(changes.len())..].to_vec()).await.unwrap();
                index.people(&everybody()).await.unwrap()
            })
        };
        let (one, other) = (end(given, 40), end(shuffled, size));
        prop_assert_eq!(one, other);
    }
}
