//! Several writers at once: whatever their order, the state is one that some order leads to.

use std::time::Duration;

use kith_shared::{
    events::{ingest::PersonState, network::Band},
    ids::{AccountId, CircleId, PersonId},
};
use skeleton_durable::{
    Cause, Envelope,
    commit::{ChangeSet, CommitError},
};

use super::*;

pub(super) async fn suite(store: &Arc<dyn Durable>) {
    a_conflict_leaves_neither_events_nor_handled_ones(&**store).await;
    of_states_written_at_once_the_newest_stays(store).await;
    of_decisions_on_one_state_one_is_committed(store).await;
    of_bands_and_of_annotations_written_at_once_one_stands(store).await;
    writers_who_meet_in_different_orders_all_end(store).await;
    an_account_erased_among_writers_stays_empty(store).await;
}

fn band(owner: AccountId, person: PersonId, version: i64) -> Write {
    Write::PutBand(PublishedBand {
        owner,
        person,
        version,
        band: Band::Good,
    })
}

async fn a_conflict_leaves_neither_events_nor_handled_ones(store: &dyn Durable) {
    let (owner, id) = (AccountId::generate(), PersonId::generate());
    let event = |version| kith_shared::events::network::TieChanged {
        account_id: owner,
        person_id: id,
        version,
        band: Band::Good,
    };
    let handled = Envelope::seal(&event(7), Timestamp::UNIX_EPOCH, &Cause::default());
    let change = |version| {
        ChangeSet::new()
            .handled(std::slice::from_ref(&handled))
            .write(Write::PutPerson(person(
                owner,
                id,
                version,
                PersonState::Active,
            )))
            .write(band(owner, id, version))
            .event(&event(version), Timestamp::UNIX_EPOCH, &Cause::default())
    };
    write(store, vec![band(owner, id, 1)]).await.unwrap();
    let refused = store.commit(change(1)).await;
    assert!(
        matches!(refused, Err(CommitError::Conflict(_))),
        "{refused:?}"
    );
    assert!(store.known(&[handled.id]).await.unwrap().is_empty());
    assert!(
        store
            .claim(9, Duration::from_secs(9))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.persons(&[id]).await.unwrap().is_empty());
    store.commit(change(2)).await.unwrap();
    assert_eq!(store.known(&[handled.id]).await.unwrap(), [handled.id]);
    let told = store.claim(9, Duration::from_secs(9)).await.unwrap();
    assert_eq!(told.len(), 1);
    store.sent(&[told[0].id]).await.unwrap();
    let again = store.commit(change(3)).await;
    assert!(
        matches!(again, Err(CommitError::AlreadyHandled(_))),
        "{again:?}"
    );
}

/// Runs writers at once; their results in their order.
async fn at_once(
    store: &Arc<dyn Durable>,
    writers: Vec<Vec<Write>>,
) -> Vec<Result<(), CommitError>> {
    let running: Vec<_> = writers
        .into_iter()
        .map(|writes| {
            let store = store.clone();
            tokio::spawn(async move { write(&*store, writes).await })
        })
        .collect();
    let mut done = Vec::new();
    for writer in running {
        done.push(writer.await.unwrap());
    }
    done
}

async fn of_states_written_at_once_the_newest_stays(store: &Arc<dyn Durable>) {
    let (owner, circle) = (AccountId::generate(), CircleId::generate());
    let [a, b] = [PersonId::generate(), PersonId::generate()];
    let state = |version: i64| {
        let into = if version % 2 == 0 { a } else { b };
        vec![
            Write::PutAccount(Account {
                id: owner,
                version,
                display_name: format!("Version {version}"),
                verified: Vec::new(),
            }),
            Write::PutCircle(OpenCircle {
                circle_id: circle,
                version,
                name: format!("Version {version}"),
                members: Vec::new(),
            }),
            Write::PutPerson(person(owner, a, version, PersonState::Merged { into: b })),
            Write::PutPerson(person(owner, b, version, PersonState::Merged { into })),
            Write::PutInteractions(mail(owner, a.min(b), Some(a.max(b)), version)),
        ]
    };
    let writers = [3, 9, 1, 12, 7, 2, 11, 5, 10, 4, 8, 6].map(state).to_vec();
    for done in at_once(store, writers).await {
        done.unwrap();
    }
    assert_eq!(store.accounts(&[owner]).await.unwrap()[0].version, 12);
    let persons = store.persons(&[a, b]).await.unwrap();
    for kept in persons {
        let into = if kept.id == a { b } else { a };
        assert_eq!(
            (kept.version, kept.state),
            (12, PersonState::Merged { into })
        );
    }
    let pairs = store.book_interactions(owner, None, 9).await.unwrap();
    assert_eq!(
        pairs.iter().map(|pair| pair.version).collect::<Vec<_>>(),
        [12]
    );
    let standing = store.standings(&[owner]).await.unwrap()[&owner];
    assert_eq!(standing.changes, 12, "none is lost");
}

async fn of_decisions_on_one_state_one_is_committed(store: &Arc<dyn Durable>) {
    let owner = AccountId::generate();
    let [alan, alias] = [PersonId::generate(), PersonId::generate()];
    for round in 1..=4 {
        let standings = store.standings(&[owner]).await.unwrap();
        let expect = Write::ExpectEvidence {
            owner,
            since: standings.get(&owner).map_or(0, |standing| standing.changes),
            persons: vec![alan, alias],
        };
        // Each changes another part of what the decision hangs on.
        let changes = [
            Write::PutPerson(person(owner, alan, round, PersonState::Active)),
            Write::PutInteractions(mail(owner, alan, None, round)),
            Write::PutPerson(person(
                owner,
                alias,
                round,
                PersonState::Merged { into: alan },
            )),
            Write::PutInteractions(mail(owner, alias, None, round)),
        ];
        let writers = changes.map(|change| vec![expect.clone(), change]).to_vec();
        let done = at_once(store, writers).await;
        let won = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(won, 1, "{done:?}");
        let refused =
            |done: &&Result<(), CommitError>| matches!(done, Err(CommitError::Conflict(_)));
        assert_eq!(done.iter().filter(refused).count(), 3, "{done:?}");
    }
}

async fn of_bands_and_of_annotations_written_at_once_one_stands(store: &Arc<dyn Durable>) {
    let (owner, id) = (AccountId::generate(), PersonId::generate());
    for version in 1..=6 {
        let raise = Write::RaiseAnnotation {
            person: id,
            owner,
            version,
        };
        for write in [band(owner, id, version), raise] {
            let done = at_once(store, vec![vec![write]; 6]).await;
            assert_eq!(
                done.iter().filter(|done| done.is_ok()).count(),
                1,
                "{done:?}"
            );
        }
    }
}

async fn writers_who_meet_in_different_orders_all_end(store: &Arc<dyn Durable>) {
    let owners: Vec<AccountId> = (0..3).map(|_| AccountId::generate()).collect();
    let ids: Vec<PersonId> = (0..60).map(|_| PersonId::generate()).collect();
    let writers = (1..=6).map(|version| {
        let mut writes = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            let owner = owners[index % owners.len()];
            writes.push(Write::PutPerson(person(
                owner,
                *id,
                version,
                PersonState::Active,
            )));
            writes.push(Write::PutInteractions(mail(owner, *id, None, version)));
        }
        if version % 2 == 0 {
            writes.reverse();
        }
        writes
    });
    for done in at_once(store, writers.collect()).await {
        done.unwrap();
    }
    let persons = store.persons(&ids).await.unwrap();
    assert_eq!(persons.len(), ids.len());
    assert!(persons.iter().all(|person| person.version == 6));
}

async fn an_account_erased_among_writers_stays_empty(store: &Arc<dyn Durable>) {
    let owner = AccountId::generate();
    let mut writers: Vec<Vec<Write>> = (0..8)
        .map(|_| {
            let id = PersonId::generate();
            vec![
                Write::PutPerson(person(owner, id, 1, PersonState::Active)),
                Write::PutInteractions(mail(owner, id, None, 1)),
                Write::AddTag(id, owner, "late".into()),
            ]
        })
        .collect();
    writers.insert(4, vec![Write::EraseAccount(owner)]);
    for done in at_once(store, writers).await {
        assert!(
            matches!(done, Ok(()) | Err(CommitError::Conflict(_))),
            "{done:?}"
        );
    }
    assert!(store.book(owner, None, 9).await.unwrap().is_empty());
    assert!(
        store
            .book_interactions(owner, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.tags_of_book(owner).await.unwrap().is_empty());
}
