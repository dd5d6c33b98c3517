//! What a member hides stays hidden when persons are merged and parted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::*;
use kith_shared::{
    events::ingest::{PersonChanged, PersonState},
    ids::{AccountId, CircleId, PersonId},
    sharing::{
        Sharing, SharingException,
        cases::{self, ORGANISATION},
    },
};
use skeleton_durable::{Envelope, bus::Bus};
use uuid::Uuid;

#[tokio::test]
async fn an_exception_holds_on_when_its_person_is_merged_into_another() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let (me, bob) = (AccountId::generate(), AccountId::generate());
    let old = person(bob, "Eve Old");
    let mut eve = person(bob, "Eve New");
    eve.aliases = vec![old.person_id];
    world.tell(&eve).await;
    world.tell(&person(bob, "Other One")).await;
    let hide = SharingException {
        person_id: Some(old.person_id),
        tag: None,
        sharing: Sharing::Hidden,
    };
    let members = vec![
        member(me, Sharing::Hidden, vec![]),
        member(bob, Sharing::Name, vec![hide]),
    ];
    world.tell(&circle(CircleId::generate(), 1, members)).await;
    world.finds(me, "", &["Other One"]).await;
}

/// Bob hides whom he tags `family`, and merges a person so tagged into another; what is told of it,
/// in the order in which it happens.
struct Merge {
    me: AccountId,
    old: PersonChanged,
    now: PersonChanged,
    told: Vec<Envelope>,
}

fn merge() -> Merge {
    let (me, bob) = (AccountId::generate(), AccountId::generate());
    let (old, now) = (person(bob, "Eve Old"), person(bob, "Eve New"));
    let hide = SharingException {
        person_id: None,
        tag: Some("family".to_owned()),
        sharing: Sharing::Hidden,
    };
    let members = vec![
        member(me, Sharing::Hidden, vec![]),
        member(bob, Sharing::Name, vec![hide]),
    ];
    let absorbed = PersonChanged {
        version: 2,
        state: PersonState::Merged {
            into: now.person_id,
        },
        ..old.clone()
    };
    let survivor = PersonChanged {
        version: 2,
        aliases: vec![old.person_id],
        ..now.clone()
    };
    let told = vec![
        seal(&circle(CircleId::generate(), 1, members)),
        seal(&person(bob, "Other One")),
        seal(&old),
        seal(&now),
        seal(&annotation(&old, 1, &["family"], &[])),
        seal(&absorbed),
        seal(&survivor),
        seal(&annotation(&now, 1, &["family"], &[])),
    ];
    Merge { me, old, now, told }
}

#[tokio::test]
async fn whom_a_tag_hides_stays_hidden_when_merged_whatever_comes_first() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    for turn in 0..16 {
        let Merge { me, mut told, .. } = merge();
        told.rotate_left(turn % 8);
        if turn >= 8 {
            told.reverse();
        }
        for event in told {
            world.bus.publish(&[event]).await.unwrap();
        }
        world.settle().await;
        // All people are as they stay; the circle may be a moment late.
        world.finds(me, "", &["Other One"]).await;
    }
}

#[tokio::test]
async fn when_parted_again_only_the_one_with_the_tag_is_hidden() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    for turn in 0..4 {
        let Merge { me, old, now, told } = merge();
        world.bus.publish(&told).await.unwrap();
        let apart = |one: &PersonChanged| PersonChanged {
            version: 3,
            ..one.clone()
        };
        let mut parted = vec![
            seal(&apart(&old)),
            seal(&apart(&now)),
            seal(&annotation(&old, 2, &["family"], &[])),
            seal(&annotation(&now, 2, &[], &[])),
        ];
        parted.rotate_left(turn);
        for event in parted {
            world.bus.publish(&[event]).await.unwrap();
        }
        world.settle().await;
        world.finds(me, "", &["Eve New", "Other One"]).await;
    }
}

#[tokio::test]
async fn the_shared_cases_hold_whatever_comes_first() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    for case in cases::all() {
        for turned in [false, true] {
            // The ids of a case are always the same ones: each time it is told of another book.
            let (me, owner) = (AccountId::generate(), AccountId::generate());
            let fresh = |id: PersonId| {
                let name = format!("{id}/{owner}");
                PersonId(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
            };
            let mut shows = case.member(owner);
            for exception in &mut shows.exceptions {
                exception.person_id = exception.person_id.map(fresh);
            }
            let members = vec![member(me, Sharing::Hidden, vec![]), shows];
            let mut told = vec![seal(&circle(CircleId::generate(), 1, members))];
            for mut event in case.events(owner).into_iter().flatten() {
                event.person_id = fresh(event.person_id);
                event.aliases = event.aliases.into_iter().map(fresh).collect();
                if let PersonState::Merged { into } = event.state {
                    event.state = PersonState::Merged { into: fresh(into) };
                }
                told.push(seal(&event));
            }
            for (name, _) in case.shown {
                let tags = case.tags_of(name);
                let mut of = person(owner, name);
                of.person_id = fresh(case.id(name));
                let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
                told.push(seal(&annotation(&of, 1, &tags, &[])));
            }
            if turned {
                told.reverse();
            }
            world.told(&told).await;
            let mut wanted: Vec<String> = case
                .shown
                .iter()
                .filter_map(|(name, sharing)| match sharing {
                    Sharing::Hidden => None,
                    Sharing::Organisation => Some(format!("Someone at {ORGANISATION}")),
                    Sharing::Name => Some((*name).to_owned()),
                })
                .collect();
            wanted.sort();
            let mut found = world.names(me, "").await;
            found.sort();
            assert_eq!(found, wanted, "{}", case.title);
        }
    }
}
