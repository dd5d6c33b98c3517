//! What every adapter of [`Store`] promises. A new adapter runs this suite on a fresh store.

use std::sync::Arc;

use jiff::Timestamp;
use kith_shared::{
    events::{
        ingest::{GroupSize, InteractionBucket, InteractionKind, PersonState},
        network::Band,
        users::{CircleChanged, CircleMember},
    },
    ids::{AccountId, CircleId, ImportId, NoteId, PersonId},
    keys::KeyHash,
    open::OpenCircle,
    sharing::Sharing,
};
use skeleton_durable::{
    commit::{ChangeSet, CommitError},
    inbox::Inbox,
    outbox::Outbox,
};

use crate::{
    domain::records::{Account, Circle, Interactions, Person},
    ports::{Note, PublishedBand, Standing, Store, Write},
};

mod graphs;
mod handlers;
mod order;
mod writers;

/// A store under test, with the ports that share its transactions.
pub(super) trait Durable: Store + Outbox + Inbox {}

impl<S: Store + Outbox + Inbox> Durable for S {}

/// Runs all of it; the store must be empty.
pub(super) async fn run(store: Arc<dyn Durable>) {
    newer_states_replace_older_ones_only(&*store).await;
    circles_are_found_by_those_who_are_in_them_now(&*store).await;
    merges_are_followed_to_the_end_and_rings_end(&*store).await;
    books_come_in_pages_that_neither_miss_nor_repeat(&*store).await;
    of_concurrent_writers_of_one_version_one_wins(store.clone()).await;
    what_was_expected_otherwise_is_a_conflict(&*store).await;
    an_erased_account_leaves_only_that_it_is_erased(&*store).await;
    an_import_is_marked_once(&*store).await;
    order::suite(&*store).await;
    writers::suite(&store).await;
    handlers::suite(&store).await;
    graphs::suite(&*store).await;
}

async fn write(store: &dyn Store, writes: Vec<Write>) -> Result<(), CommitError> {
    store
        .commit(ChangeSet {
            writes,
            ..ChangeSet::new()
        })
        .await
}

fn person(owner: AccountId, id: PersonId, version: i64, state: PersonState) -> Person {
    Person {
        id,
        owner,
        version,
        state,
        display_name: format!("Version {version}"),
        employments: Vec::new(),
        keys: vec![KeyHash("k".into())],
        connections: Vec::new(),
        aliases: vec![PersonId::from(uuid::Uuid::from_u128(
            version.unsigned_abs().into(),
        ))],
    }
}

fn mail(owner: AccountId, person: PersonId, other: Option<PersonId>, version: i64) -> Interactions {
    let bucket = InteractionBucket {
        source: "mail".into(),
        kind: InteractionKind::Message,
        month: jiff::civil::date(2026, 5, 1),
        sent: 3,
        received: u32::MAX,
        group_size: GroupSize::Medium,
        last_at: Timestamp::from_microsecond(1_779_000_000_123_456).unwrap(),
    };
    Interactions {
        owner,
        person,
        other,
        version,
        buckets: vec![bucket],
    }
}

async fn newer_states_replace_older_ones_only(store: &dyn Store) {
    let (owner, id, other) = (
        AccountId::generate(),
        PersonId::generate(),
        PersonId::generate(),
    );
    let of = |version| Account {
        id: owner,
        version,
        display_name: format!("Version {version}"),
        verified: vec![KeyHash("a".into())],
    };
    for version in [2, 3, 1, 3] {
        let states = vec![
            Write::PutAccount(of(version)),
            Write::PutPerson(person(owner, id, version, PersonState::Active)),
            Write::PutInteractions(mail(owner, id, None, version)),
            Write::PutInteractions(mail(owner, id, Some(other), version)),
        ];
        write(store, states).await.unwrap();
    }
    assert_eq!(store.accounts(&[owner]).await.unwrap(), [of(3)]);
    assert_eq!(
        store.persons(&[id]).await.unwrap(),
        [person(owner, id, 3, PersonState::Active)]
    );
    let pairs = [
        (owner, (id, None)),
        (owner, (id, Some(other))),
        (owner, (other, None)),
    ];
    let found = store.interactions_of(&pairs).await.unwrap();
    assert_eq!(found.len(), 2);
    assert!(found.contains(&mail(owner, id, None, 3)));
    assert!(found.contains(&mail(owner, id, Some(other), 3)));
}

async fn circles_are_found_by_those_who_are_in_them_now(store: &dyn Store) {
    let (id, stays, leaves) = (
        CircleId::generate(),
        AccountId::generate(),
        AccountId::generate(),
    );
    let circle = |version, members: &[AccountId]| Circle {
        id,
        version,
        name: "Alumni".into(),
        members: members
            .iter()
            .map(|account_id| CircleMember {
                account_id: *account_id,
                display_name: "Somebody".into(),
                since: Timestamp::UNIX_EPOCH,
                sharing: Sharing::Name,
                exceptions: Vec::new(),
            })
            .collect(),
    };
    let told = |circle: Circle| {
        OpenCircle::from(CircleChanged {
            circle_id: circle.id,
            version: circle.version,
            name: circle.name,
            members: circle.members,
        })
    };
    write(
        store,
        vec![Write::PutCircle(told(circle(1, &[stays, leaves])))],
    )
    .await
    .unwrap();
    assert_eq!(
        store.circles_of(leaves).await.unwrap(),
        [circle(1, &[stays, leaves])]
    );
    write(store, vec![Write::PutCircle(told(circle(2, &[stays])))])
        .await
        .unwrap();
    write(
        store,
        vec![Write::PutCircle(told(circle(1, &[stays, leaves])))],
    )
    .await
    .unwrap();
    assert_eq!(store.circles_of(leaves).await.unwrap(), []);
    assert_eq!(
        store.circles_of(stays).await.unwrap(),
        [circle(2, &[stays])]
    );
}

async fn merges_are_followed_to_the_end_and_rings_end(store: &dyn Store) {
    let owner = AccountId::generate();
    let [a, b, c, d]: [PersonId; 4] = std::array::from_fn(|_| PersonId::generate());
    let merged = |id, into| Write::PutPerson(person(owner, id, 1, PersonState::Merged { into }));
    let survivor = Write::PutPerson(person(owner, c, 1, PersonState::Active));
    write(
        store,
        vec![merged(a, b), merged(b, c), merged(d, d), survivor],
    )
    .await
    .unwrap();
    let old = store.merged_into(&[c]).await.unwrap();
    assert_eq!(
        old.into_iter().collect::<Vec<_>>(),
        [(a.min(b), c), (a.max(b), c)]
    );
    assert_eq!(
        store
            .merged_into(&[d])
            .await
            .unwrap()
            .into_keys()
            .collect::<Vec<_>>(),
        [d]
    );
}

async fn books_come_in_pages_that_neither_miss_nor_repeat(store: &dyn Store) {
    let owner = AccountId::generate();
    let mut ids: Vec<PersonId> = (0..7).map(|_| PersonId::generate()).collect();
    ids.sort_unstable();
    let mut writes: Vec<Write> = ids
        .iter()
        .map(|id| Write::PutPerson(person(owner, *id, 1, PersonState::Active)))
        .collect();
    for pair in ids.windows(2) {
        writes.push(Write::PutInteractions(mail(owner, pair[0], None, 1)));
        writes.push(Write::PutInteractions(mail(
            owner,
            pair[0],
            Some(pair[1]),
            1,
        )));
    }
    write(store, writes).await.unwrap();
    let (mut people, mut after) = (Vec::new(), None);
    loop {
        let page = store.book(owner, after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        people.extend(page.into_iter().map(|person| person.id));
    }
    assert_eq!(people, ids);
    let (mut pairs, mut after) = (Vec::new(), None);
    loop {
        let page = store.book_interactions(owner, after, 5).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.person, last.other));
        pairs.extend(page.into_iter().map(|row| (row.person, row.other)));
    }
    assert_eq!(pairs.len(), 12);
    assert!(pairs.is_sorted());
}

async fn of_concurrent_writers_of_one_version_one_wins(store: Arc<dyn Durable>) {
    let (owner, person) = (AccountId::generate(), PersonId::generate());
    for version in 1..=5 {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let store = store.clone();
                let band = PublishedBand {
                    owner,
                    person,
                    version,
                    band: Band::Good,
                };
                let note = Note {
                    id: NoteId::generate(),
                    text: format!("writer {writer}"),
                    created_at: Timestamp::UNIX_EPOCH,
                };
                tokio::spawn(async move {
                    let writes = vec![
                        Write::PutBand(band),
                        Write::RaiseAnnotation {
                            person,
                            owner,
                            version,
                        },
                        Write::AddNote(person, owner, note),
                    ];
                    write(&*store, writes).await
                })
            })
            .collect();
        let mut won = 0;
        for writer in writers {
            match writer.await.unwrap() {
                Ok(()) => won += 1,
                Err(error) => assert!(matches!(error, CommitError::Conflict(_)), "{error}"),
            }
        }
        assert_eq!(won, 1, "of the writers of version {version}");
    }
    let written = store
        .annotations(&[person])
        .await
        .unwrap()
        .remove(&person)
        .unwrap();
    assert_eq!(
        (written.version, written.notes.len()),
        (5, 5),
        "the losers left nothing"
    );
    let band = PublishedBand {
        owner,
        person,
        version: 5,
        band: Band::Good,
    };
    assert_eq!(store.bands(&[person]).await.unwrap(), [band]);
}

async fn what_was_expected_otherwise_is_a_conflict(store: &dyn Store) {
    let owner = AccountId::generate();
    let [alan, other] = [PersonId::generate(), PersonId::generate()];
    let raise = Write::RaiseAnnotation {
        person: alan,
        owner,
        version: 1,
    };
    let active = Write::PutPerson(person(owner, alan, 1, PersonState::Active));
    write(store, vec![active, raise]).await.unwrap();
    for (expected, fits) in [
        (vec![(alan, 1), (other, 0)], true),
        (vec![(alan, 0)], false),
        (vec![(alan, 1), (other, 1)], false),
    ] {
        let done = write(store, vec![Write::ExpectAnnotations(expected)]).await;
        assert_eq!(done.is_ok(), fits, "{done:?}");
    }
    let expect = || vec![Write::ExpectActive(alan)];
    write(store, expect()).await.unwrap();
    let gone = PersonState::Merged { into: other };
    let merged = Write::PutPerson(person(owner, alan, 2, gone));
    write(store, vec![merged]).await.unwrap();
    let done = write(store, expect()).await;
    assert!(matches!(done, Err(CommitError::Conflict(_))), "{done:?}");
}

async fn an_erased_account_leaves_only_that_it_is_erased(store: &dyn Store) {
    let (owner, id) = (AccountId::generate(), PersonId::generate());
    let account = Account {
        id: owner,
        version: 9,
        display_name: "Ada".into(),
        verified: vec![],
    };
    let all = vec![
        Write::PutAccount(account.clone()),
        Write::PutPerson(person(owner, id, 1, PersonState::Active)),
        Write::PutInteractions(mail(owner, id, None, 1)),
        Write::AddTag(id, owner, "friend".into()),
    ];
    write(store, all).await.unwrap();
    // A book larger than what a store removes at once.
    let many: Vec<PersonId> = (0..1200).map(|_| PersonId::generate()).collect();
    let persons = many
        .iter()
        .map(|id| Write::PutPerson(person(owner, *id, 1, PersonState::Active)));
    write(store, persons.collect()).await.unwrap();
    while store.erase_some(owner).await.unwrap() {}
    write(store, vec![Write::EraseAccount(owner)])
        .await
        .unwrap();
    write(store, vec![Write::PutAccount(account)])
        .await
        .unwrap();
    assert!(store.standings(&[owner]).await.unwrap()[&owner].erased);
    assert_eq!(store.accounts(&[owner]).await.unwrap(), []);
    assert_eq!(store.persons(&[id]).await.unwrap(), []);
    assert_eq!(store.book(owner, None, 9).await.unwrap(), []);
    assert_eq!(store.book_interactions(owner, None, 9).await.unwrap(), []);
    assert!(store.tags(&[id]).await.unwrap().is_empty());
}

async fn an_import_is_marked_once(store: &dyn Store) {
    let (import, account) = (ImportId::generate(), AccountId::generate());
    assert!(!store.is_applied(import).await.unwrap());
    for _ in 0..2 {
        write(store, vec![Write::MarkApplied(import, account)])
            .await
            .unwrap();
    }
    assert!(store.is_applied(import).await.unwrap());
}
