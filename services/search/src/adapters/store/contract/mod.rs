//! What every adapter of [`Index`] promises. A new adapter runs this suite on a fresh index, through
//! several instances of it, as replicas would.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

pub(super) mod book;
#[cfg(feature = "distributed")]
pub(super) mod compared;
mod judged;
mod withheld;

use std::sync::Arc;

use kith_shared::{
    events::{ingest::PersonState, network::Band},
    ids::{AccountId, PersonId},
};
use uuid::Uuid;

use crate::{
    domain::{
        document::{Annotation, Change, Document, Later, Part, Person, Tie, Versions},
        query::{After, Found, Grant, Marks, Query, Scope},
    },
    ports::{Index, IndexError},
};

/// Runs all of it; the index must be empty.
pub(super) async fn run(instances: &[Arc<dyn Index>]) {
    let index = &*instances[0];
    newer_parts_replace_older_ones_only(index).await;
    what_one_instance_took_in_the_next_query_of_another_finds(instances).await;
    of_concurrent_writers_the_newest_of_every_part_wins(instances).await;
    of_concurrent_first_writers_none_is_lost(instances).await;
    a_typo_is_found_among_any_number_of_spellings(index).await;
    a_removed_person_stays_removed(index).await;
    an_erased_account_leaves_nothing_and_others_stay(index).await;
    a_cursor_at_someone_who_is_gone_is_refused(index).await;
    nobody_is_found_without_a_grant(index).await;
    withheld::a_cursor_of_a_person_not_granted_is_refused(index).await;
    withheld::people_without_a_name_are_ordered_by_nothing_secret(index).await;
    withheld::pages_go_through_people_with_and_without_a_name(index).await;
    withheld::nobody_is_found_by_what_is_withheld(index).await;
    the_versions_of_everything_are_told(index).await;
    book::apply(index).await;
    judged::the_best_answers_are_those_that_a_human_expects(index).await;
    judged::pages_leave_nobody_out_and_repeat_nobody(index).await;
}

pub(super) fn own(account: AccountId) -> Grant {
    Grant {
        account,
        scope: Scope::Own,
        except: Marks::default(),
        only: None,
    }
}

fn asked(account: AccountId, words: &[&str]) -> Query {
    Query {
        words: words.iter().map(|&word| word.to_owned()).collect(),
        grants: vec![own(account)],
        after: None,
        limit: 100,
    }
}

pub(super) fn person(version: i64, name: &str) -> Part {
    Part::Person(Person {
        version,
        state: PersonState::Active.into(),
        display_name: name.to_owned(),
        other_names: Vec::new(),
        emails: Vec::new(),
        phones: Vec::new(),
        employments: Vec::new(),
        labels: Vec::new(),
        aliases: Vec::new(),
        later: Later::new(),
    })
}

fn annotation(version: i64) -> Part {
    Part::Annotation(Annotation {
        version,
        tags: vec![format!("tag{version}")],
        notes: Vec::new(),
        later: Later::new(),
    })
}

fn tie(version: i64) -> Part {
    Part::Tie(Tie {
        version,
        band: [Band::Weak, Band::Fair, Band::Good, Band::Strong][version as usize % 4].into(),
        later: Later::new(),
    })
}

pub(super) fn change(id: PersonId, account: AccountId, part: Part) -> Change {
    Change { id, account, part }
}

pub(super) async fn everybody(index: &dyn Index, account: AccountId) -> Vec<Document> {
    let mut query = asked(account, &[]);
    let mut all = Vec::new();
    loop {
        let found = index.people(&query).await.unwrap();
        let Some(last) = found.hits.last() else {
            return all;
        };
        query.after = Some(After {
            quarters: last.quarters,
            id: last.document.id,
        });
        all.extend(found.hits.into_iter().map(|hit| hit.document));
    }
}

fn versions(document: &Document) -> [i64; 3] {
    [
        document.person.as_ref().map_or(0, |part| part.version),
        document.annotation.as_ref().map_or(0, |part| part.version),
        document.tie.as_ref().map_or(0, |part| part.version),
    ]
}

async fn newer_parts_replace_older_ones_only(index: &dyn Index) {
    let (account, id) = (AccountId::generate(), PersonId::generate());
    for (kind, version) in [
        (2, 2),
        (1, 4),
        (0, 3),
        (1, 2),
        (0, 5),
        (2, 1),
        (0, 4),
        (0, 5),
    ] {
        let part = match kind {
            0 => person(version, &format!("Version {version}")),
            1 => annotation(version),
            _ => tie(version),
        };
        let one = change(id, account, part);
        // Twice in one batch, and again.
        index.apply(vec![one.clone(), one.clone()]).await.unwrap();
        index.apply(vec![one]).await.unwrap();
    }
    index.apply(Vec::new()).await.unwrap();
    let found = everybody(index, account).await;
    assert_eq!(found.len(), 1);
    assert_eq!(versions(&found[0]), [5, 4, 2]);
    assert_eq!(found[0].person.as_ref().unwrap().display_name, "Version 5");
}

async fn what_one_instance_took_in_the_next_query_of_another_finds(instances: &[Arc<dyn Index>]) {
    let account = AccountId::generate();
    for turn in 0..20 {
        let name = format!("Turn{turn}");
        let one = change(PersonId::generate(), account, person(1, &name));
        let writer = &instances[turn % instances.len()];
        writer.apply(vec![one]).await.unwrap();
        for reader in instances {
            let query = asked(account, &[&name.to_lowercase()]);
            let found = reader.people(&query).await.unwrap();
            let exact = |hit: &&crate::domain::query::Hit| {
                hit.document.person.as_ref().unwrap().display_name == name
            };
            assert_eq!(found.hits.iter().filter(exact).count(), 1, "{name}");
        }
    }
}

/// Of the versions of every part each is written once, by one of the writers, in no order: a write
/// that is lost shows.
async fn of_concurrent_writers_the_newest_of_every_part_wins(instances: &[Arc<dyn Index>]) {
    const WRITERS: usize = 6;
    const VERSIONS: i64 = 16;
    let account = AccountId::generate();
    let people: Vec<PersonId> = (0..8).map(|_| PersonId::generate()).collect();
    let mut changes = Vec::new();
    for &id in &people {
        for version in 1..=VERSIONS {
            let name = format!("Version {version}");
            let parts = [person(version, &name), annotation(version), tie(version)];
            changes.extend(parts.map(|part| change(id, account, part)));
        }
    }
    book::Random(5).shuffle(&mut changes);
    let share = changes.len().div_ceil(WRITERS);
    let mut writers = tokio::task::JoinSet::new();
    for (writer, changes) in changes.chunks(share).enumerate() {
        let index = instances[writer % instances.len()].clone();
        let changes = changes.to_vec();
        writers.spawn(async move {
            for batch in changes.chunks(8) {
                index.apply(batch.to_vec()).await.unwrap();
            }
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    let found = everybody(&*instances[0], account).await;
    assert_eq!(found.len(), people.len());
    for document in found {
        assert_eq!(versions(&document), [VERSIONS; 3]);
        let part = document.person.as_ref().unwrap();
        assert_eq!(part.display_name, format!("Version {VERSIONS}"));
    }
}

/// The parts of people of whom nothing is known yet come at the same moment.
async fn of_concurrent_first_writers_none_is_lost(instances: &[Arc<dyn Index>]) {
    let account = AccountId::generate();
    let people: Vec<PersonId> = (0..400).map(|_| PersonId::generate()).collect();
    let mut writers = tokio::task::JoinSet::new();
    for (writer, part) in [person(1, "Ada"), annotation(1), tie(1)].iter().enumerate() {
        let index = instances[writer % instances.len()].clone();
        let changes: Vec<Change> = people
            .iter()
            .map(|&id| change(id, account, part.clone()))
            .collect();
        writers.spawn(async move { index.apply(changes).await.unwrap() });
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    let found = everybody(&*instances[0], account).await;
    assert_eq!(found.len(), people.len());
    assert!(found.iter().all(|document| versions(document) == [1; 3]));
}

/// An index may not stop at the first so many spellings that are near enough.
async fn a_typo_is_found_among_any_number_of_spellings(index: &dyn Index) {
    let account = AccountId::generate();
    let letters = || ('a'..='z').filter(|letter| !"beginwith".contains(*letter));
    let names = letters().flat_map(|one| letters().map(move |two| format!("begi{one}wit{two}")));
    let changes: Vec<Change> = names
        .map(|name| change(PersonId::generate(), account, person(1, &name)))
        .collect();
    let spellings = changes.len() as u64;
    assert!(spellings > 200, "{spellings}");
    index.apply(changes).await.unwrap();
    let found = index.people(&asked(account, &["beginwith"])).await.unwrap();
    assert_eq!(found.total, spellings);
}

async fn a_removed_person_stays_removed(index: &dyn Index) {
    let (account, id) = (AccountId::generate(), PersonId::generate());
    let gone = match person(3, "") {
        Part::Person(person) => Part::Person(Person {
            state: PersonState::Removed.into(),
            ..person
        }),
        other => other,
    };
    for part in [person(1, "Gone"), gone, person(2, "Gone"), annotation(9)] {
        index.apply(vec![change(id, account, part)]).await.unwrap();
    }
    assert_eq!(everybody(index, account).await, []);
}

async fn an_erased_account_leaves_nothing_and_others_stay(index: &dyn Index) {
    let (gone, stays) = (AccountId::generate(), AccountId::generate());
    let mut changes = Vec::new();
    for account in [gone, stays] {
        for n in 0..30 {
            let id = PersonId::generate();
            changes.push(change(id, account, person(1, &format!("Person {n}"))));
            // Also those that nobody finds.
            changes.push(change(PersonId::generate(), account, tie(1)));
        }
    }
    index.apply(changes.clone()).await.unwrap();
    index.erase(&[gone]).await.unwrap();
    assert_eq!(everybody(index, gone).await, []);
    assert_eq!(everybody(index, stays).await.len(), 30);
    index.erase(&[gone, AccountId::generate()]).await.unwrap();
    assert_eq!(everybody(index, stays).await.len(), 30);
}

async fn a_cursor_at_someone_who_is_gone_is_refused(index: &dyn Index) {
    let mut query = asked(AccountId::generate(), &[]);
    query.after = Some(After {
        quarters: 3,
        id: PersonId(Uuid::now_v7()),
    });
    let refused = index.people(&query).await;
    assert!(matches!(refused, Err(IndexError::CursorGone)));
}

async fn the_versions_of_everything_are_told(index: &dyn Index) {
    let account = AccountId::generate();
    let mut wanted = Vec::new();
    let mut changes = Vec::new();
    for n in 0..1_200 {
        let id = PersonId::generate();
        let mut part = person(n + 1, "Ada");
        if let Part::Person(person) = &mut part
            && n % 3 == 0
        {
            person.state = PersonState::Removed.into();
        }
        changes.push(change(id, account, part));
        if n % 2 == 0 {
            changes.push(change(id, account, tie(n + 2)));
        }
        wanted.push(Versions {
            id,
            account,
            person: Some(n + 1),
            annotation: None,
            tie: (n % 2 == 0).then_some(n + 2),
        });
    }
    index.apply(changes).await.unwrap();
    let mut told = Vec::new();
    let mut take = |versions: Versions| {
        if versions.account == account {
            told.push(versions);
        }
    };
    index.versions(&mut take).await.unwrap();
    told.sort();
    wanted.sort();
    assert!(told == wanted, "{} {}", told.len(), wanted.len());
}

async fn nobody_is_found_without_a_grant(index: &dyn Index) {
    let query = Query {
        words: Vec::new(),
        grants: Vec::new(),
        after: None,
        limit: 10,
    };
    assert_eq!(index.people(&query).await.unwrap(), Found::default());
    let counts = index.organisations(&[], &[]).await.unwrap();
    assert!(counts.is_empty());
}
