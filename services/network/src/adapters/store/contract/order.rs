//! What comes before what it belongs to, and what counts as a change.

use std::collections::BTreeSet;

use kith_shared::{
    events::{ingest::PersonState, network::Band},
    ids::{AccountId, NoteId, PersonId},
};

use super::*;

pub(super) async fn suite(store: &dyn Store) {
    what_was_only_spoken_of_is_not_there_until_it_comes(store).await;
    of_several_states_in_one_change_set_the_newest_stays(store).await;
    long_chains_of_merges_are_followed_and_undone(store).await;
    tags_and_notes_come_and_go(store).await;
    every_change_of_an_account_counts(store).await;
    what_changed_since_a_count_is_exactly_that(store).await;
    evidence_that_changed_since_is_a_conflict(store).await;
    nothing_is_added_to_an_erased_account(store).await;
    versions_come_in_pages_that_neither_miss_nor_repeat(store).await;
}

fn account(id: AccountId, version: i64) -> Account {
    Account {
        id,
        version,
        display_name: format!("Version {version}"),
        verified: Vec::new(),
    }
}

fn merged(owner: AccountId, id: PersonId, version: i64, into: PersonId) -> Write {
    Write::PutPerson(person(owner, id, version, PersonState::Merged { into }))
}

fn active(owner: AccountId, id: PersonId, version: i64) -> Write {
    Write::PutPerson(person(owner, id, version, PersonState::Active))
}

async fn changes(store: &dyn Store, owner: AccountId) -> i64 {
    let standings = store.standings(&[owner]).await.unwrap();
    standings.get(&owner).map_or(0, |standing| standing.changes)
}

async fn what_was_only_spoken_of_is_not_there_until_it_comes(store: &dyn Store) {
    let owner = AccountId::generate();
    let [early, old, survivor, other]: [PersonId; 4] =
        std::array::from_fn(|_| PersonId::generate());
    let (low, high) = (early.min(other), early.max(other));
    let band = PublishedBand {
        owner,
        person: early,
        version: 1,
        band: Band::Fair,
    };
    let note = Note {
        id: NoteId::generate(),
        text: "early".into(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    let spoken_of = vec![
        Write::PutInteractions(mail(owner, early, None, 4)),
        Write::PutInteractions(mail(owner, low, Some(high), 4)),
        merged(owner, old, 1, survivor),
        Write::PutBand(band),
        Write::AddTag(survivor, owner, "friend".into()),
        Write::AddNote(survivor, owner, note),
    ];
    write(store, spoken_of).await.unwrap();
    assert_eq!(store.accounts(&[owner]).await.unwrap(), []);
    assert_eq!(store.persons(&[early, survivor, other]).await.unwrap(), []);
    let book = store.book(owner, None, 9).await.unwrap();
    assert_eq!(
        book.iter().map(|person| person.id).collect::<Vec<_>>(),
        [old]
    );
    assert_eq!(
        store.book_interactions(owner, None, 9).await.unwrap().len(),
        2
    );
    assert_eq!(
        store
            .merged_into(&[survivor])
            .await
            .unwrap()
            .into_iter()
            .next(),
        Some((old, survivor))
    );

    let come = vec![
        Write::PutAccount(account(owner, 1)),
        active(owner, early, 1),
        active(owner, survivor, 1),
        active(owner, other, 1),
    ];
    write(store, come).await.unwrap();
    assert_eq!(store.accounts(&[owner]).await.unwrap(), [account(owner, 1)]);
    assert_eq!(store.book(owner, None, 9).await.unwrap().len(), 4);
    assert_eq!(store.bands(&[early]).await.unwrap(), [band]);
    let written = store.annotations(&[survivor]).await.unwrap();
    assert_eq!(written[&survivor].tags, ["friend"]);
    assert_eq!(written[&survivor].notes[0].text, "early");
    assert_eq!(
        store.tags_of_book(owner).await.unwrap()[&survivor],
        ["friend"]
    );
}

async fn of_several_states_in_one_change_set_the_newest_stays(store: &dyn Store) {
    let (owner, id) = (AccountId::generate(), PersonId::generate());
    let mut writes = Vec::new();
    for version in [2, 5, 3] {
        writes.push(Write::PutAccount(account(owner, version)));
        writes.push(active(owner, id, version));
        writes.push(Write::PutInteractions(mail(owner, id, None, version)));
    }
    write(store, writes).await.unwrap();
    assert_eq!(store.accounts(&[owner]).await.unwrap()[0].version, 5);
    assert_eq!(store.persons(&[id]).await.unwrap()[0].version, 5);
    let pairs = store.interactions_of(&[(owner, (id, None))]).await.unwrap();
    assert_eq!(pairs[0].version, 5);
}

async fn long_chains_of_merges_are_followed_and_undone(store: &dyn Store) {
    let owner = AccountId::generate();
    let ids: Vec<PersonId> = (0..100).map(|_| PersonId::generate()).collect();
    let mut writes: Vec<Write> = ids
        .windows(2)
        .map(|pair| merged(owner, pair[0], 1, pair[1]))
        .collect();
    writes.push(active(owner, ids[99], 1));
    write(store, writes).await.unwrap();
    let old = store.merged_into(&[ids[99]]).await.unwrap();
    assert_eq!(old.len(), 99);
    assert!(old.values().all(|root| *root == ids[99]));
    // The fiftieth stands for itself again, and takes along who is under it.
    write(store, vec![active(owner, ids[49], 2)]).await.unwrap();
    assert_eq!(store.merged_into(&[ids[99]]).await.unwrap().len(), 49);
    assert_eq!(store.merged_into(&[ids[49]]).await.unwrap().len(), 49);
    write(store, vec![merged(owner, ids[49], 3, ids[0])])
        .await
        .unwrap();
    assert_eq!(
        store.persons(&[ids[49]]).await.unwrap()[0].state,
        PersonState::Merged { into: ids[0] }
    );
}

async fn tags_and_notes_come_and_go(store: &dyn Store) {
    let (owner, id) = (AccountId::generate(), PersonId::generate());
    let tag = |tag: &str| Write::AddTag(id, owner, tag.into());
    let note = |seconds| Note {
        id: NoteId::generate(),
        text: format!("at {seconds}"),
        created_at: Timestamp::from_second(seconds).unwrap(),
    };
    let (first, second) = (note(1), note(2));
    let writes = vec![
        tag("b"),
        tag("a"),
        tag("b"),
        Write::AddNote(id, owner, first.clone()),
        Write::AddNote(id, owner, second.clone()),
    ];
    write(store, writes).await.unwrap();
    let written = store.annotations(&[id]).await.unwrap().remove(&id).unwrap();
    assert_eq!(written.tags, ["a", "b"]);
    assert_eq!(written.notes, [second.clone(), first.clone()]);
    let gone = vec![
        Write::RemoveTag(id, owner, "a".into()),
        Write::RemoveNote(second.id),
    ];
    write(store, gone).await.unwrap();
    assert_eq!(store.tags(&[id]).await.unwrap()[&id], ["b"]);
    write(store, vec![Write::RemoveTag(id, owner, "b".into())])
        .await
        .unwrap();
    assert!(store.tags(&[id]).await.unwrap().is_empty());
    assert!(store.tags_of_book(owner).await.unwrap().is_empty());
    assert_eq!(store.annotations(&[id]).await.unwrap()[&id].notes, [first]);
}

async fn every_change_of_an_account_counts(store: &dyn Store) {
    let (owner, id) = (AccountId::generate(), PersonId::generate());
    assert!(store.standings(&[owner]).await.unwrap().is_empty());
    let steps = [
        (active(owner, id, 1), (1, 0, 0)),
        (Write::PutInteractions(mail(owner, id, None, 1)), (2, 0, 0)),
        (Write::PutAccount(account(owner, 2)), (3, 3, 0)),
        (Write::PutAccount(account(owner, 1)), (4, 3, 0)),
        (Write::AddTag(id, owner, "x".into()), (5, 3, 5)),
        (Write::RemoveTag(id, owner, "x".into()), (6, 3, 6)),
        (Write::EraseAccount(owner), (7, 7, 7)),
    ];
    for (step, (changes, account_at, tags_at)) in steps {
        let erased = matches!(step, Write::EraseAccount(_));
        write(store, vec![step]).await.unwrap();
        let expected = Standing {
            erased,
            changes,
            account_at,
            tags_at,
        };
        assert_eq!(store.standings(&[owner]).await.unwrap()[&owner], expected);
    }
}

async fn what_changed_since_a_count_is_exactly_that(store: &dyn Store) {
    let owner = AccountId::generate();
    let ids: Vec<PersonId> = (0..9).map(|_| PersonId::generate()).collect();
    for id in &ids {
        let both = vec![
            active(owner, *id, 1),
            Write::PutInteractions(mail(owner, *id, None, 1)),
        ];
        write(store, both).await.unwrap();
    }
    // Older ones change nothing, so they are not told.
    write(store, vec![active(owner, ids[0], 1)]).await.unwrap();
    let changed = store.changed_since(owner, 6, 9).await.unwrap().unwrap();
    let persons: BTreeSet<PersonId> = changed.persons.iter().map(|person| person.id).collect();
    let pairs: BTreeSet<PersonId> = changed
        .interactions
        .iter()
        .map(|pair| pair.person)
        .collect();
    let expected: BTreeSet<PersonId> = ids[6..].iter().copied().collect();
    assert_eq!((&persons, &pairs), (&expected, &expected));
    assert_eq!(store.changed_since(owner, 6, 2).await.unwrap(), None);
    let nothing = store.changed_since(owner, 10, 2).await.unwrap();
    assert_eq!(nothing, Some(crate::ports::Changed::default()));
}

async fn evidence_that_changed_since_is_a_conflict(store: &dyn Store) {
    let owner = AccountId::generate();
    let [alan, alias, other, unknown]: [PersonId; 4] =
        std::array::from_fn(|_| PersonId::generate());
    let expect = |since, persons: Vec<PersonId>| Write::ExpectEvidence {
        owner,
        since,
        persons,
    };
    let first = vec![
        expect(0, vec![alan, other, unknown]),
        active(owner, alan, 1),
        active(owner, other, 1),
    ];
    write(store, first).await.unwrap();
    let changed = [
        active(owner, alan, 2),
        Write::PutInteractions(mail(owner, alan, None, 1)),
        merged(owner, alias, 1, alan),
    ];
    for change in changed {
        let since = changes(store, owner).await;
        write(store, vec![expect(since, vec![alan])]).await.unwrap();
        let since = changes(store, owner).await;
        write(store, vec![change]).await.unwrap();
        let done = write(store, vec![expect(since, vec![unknown, alan])]).await;
        assert!(matches!(done, Err(CommitError::Conflict(_))), "{done:?}");
        write(store, vec![expect(since, vec![other, unknown])])
            .await
            .unwrap();
    }
    let since = changes(store, owner).await;
    let third_party = mail(owner, alan.min(other), Some(alan.max(other)), 1);
    write(store, vec![Write::PutInteractions(third_party)])
        .await
        .unwrap();
    write(store, vec![expect(since, vec![alan, other])])
        .await
        .unwrap();
    // What the change set itself writes is no change in between, wherever it stands.
    let both = vec![active(owner, alan, 3), expect(since, vec![alan])];
    write(store, both).await.unwrap();
}

async fn nothing_is_added_to_an_erased_account(store: &dyn Store) {
    let (owner, id) = (AccountId::generate(), PersonId::generate());
    write(store, vec![Write::EraseAccount(owner)])
        .await
        .unwrap();
    let note = Note {
        id: NoteId::generate(),
        text: "late".into(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    let late = [
        active(owner, id, 1),
        Write::PutInteractions(mail(owner, id, None, 1)),
        Write::AddTag(id, owner, "late".into()),
        Write::AddNote(id, owner, note),
    ];
    for late in late {
        let done = write(store, vec![late]).await;
        assert!(matches!(done, Err(CommitError::Conflict(_))), "{done:?}");
    }
    write(store, vec![Write::PutAccount(account(owner, 9))])
        .await
        .unwrap();
    assert!(store.accounts(&[owner]).await.unwrap().is_empty());
    assert!(store.persons(&[id]).await.unwrap().is_empty());
}

async fn versions_come_in_pages_that_neither_miss_nor_repeat(store: &dyn Store) {
    use crate::ports::Subjects::{Annotations, Bands, Interactions, Persons};
    let owner = AccountId::generate();
    let mut ids: Vec<PersonId> = (0..5).map(|_| PersonId::generate()).collect();
    ids.sort_unstable();
    let mut writes = Vec::new();
    for (id, version) in ids.iter().zip(1..) {
        writes.push(active(owner, *id, version));
        writes.push(Write::PutInteractions(mail(owner, *id, None, version)));
        writes.push(Write::PutBand(PublishedBand {
            owner,
            person: *id,
            version,
            band: Band::Weak,
        }));
        writes.push(Write::RaiseAnnotation {
            person: *id,
            owner,
            version,
        });
    }
    writes.push(Write::PutInteractions(mail(owner, ids[0], Some(ids[1]), 9)));
    write(store, writes).await.unwrap();
    let alone: Vec<((PersonId, Option<PersonId>), i64)> =
        ids.iter().map(|id| (*id, None)).zip(1..).collect();
    let mut pairs = alone.clone();
    pairs.insert(1, ((ids[0], Some(ids[1])), 9));
    let all = [
        (Persons, &alone),
        (Interactions, &pairs),
        (Bands, &alone),
        (Annotations, &alone),
    ];
    for (of, expected) in all {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.versions(of, owner, after, 2).await.unwrap();
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            found.extend(page);
        }
        assert_eq!(found, *expected, "{of:?}");
    }
    let (mut accounts, mut after) = (Vec::new(), None);
    loop {
        let page = store.account_ids(after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(*last);
        accounts.extend(page);
    }
    assert!(accounts.contains(&owner) && accounts.is_sorted_by(|a, b| a < b));
    let (mut circles, mut after) = (Vec::new(), None);
    loop {
        let page = store.circles(after, 1).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        circles.extend(page.into_iter().map(|circle| circle.id));
    }
    assert!(!circles.is_empty() && circles.is_sorted_by(|a, b| a < b));
}
