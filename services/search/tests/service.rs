//! The service at its border: events in, answers out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::{
    Home, World, account, annotation, circle, member, person, seal, seal_of, tie, works_at,
};
use kith_shared::{
    events::{
        ingest::{ImportChanged, ImportStatus, PersonChanged, PersonState},
        network::{AnnotationChanged, Band, TieChanged},
        search::ImportApplied,
        users::{AccountChanged, CircleChanged, ErasureRequested},
    },
    ids::{AccountId, CircleId, ImportId},
    sharing::{Sharing, SharingException},
};
use serde_json::{Value, json};
use skeleton_durable::{
    Event,
    bus::{Bus, Tapped},
    contract::eventually,
    reconcile::Digest,
};
use skeleton_host::testing::assert_problem;
use uuid::Uuid;

#[tokio::test]
async fn a_person_is_found_as_one_types() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let me = AccountId::generate();
    let mut zoe = works_at(
        person(me, "Zoë Łukasiewicz-O'Brien"),
        "Société Générale",
        "Head of Design",
    );
    zoe.emails = vec!["z.lukas@analytical.example.org".to_owned()];
    zoe.phones = vec!["+44 20 7946 0958".to_owned()];
    zoe.other_names = vec!["Zozo".to_owned()];
    zoe.labels = vec!["Chess club".to_owned()];
    world.tell(&account(me, "Ada")).await;
    world.tell(&zoe).await;
    world
        .tell(&annotation(&zoe, 1, &["mentor"], &["met in Lisbon"]))
        .await;
    world.finds(me, "lisb", &["Zoë Łukasiewicz-O'Brien"]).await;
    for query in [
        "z",
        "zoe",
        "zoe luk",
        "luk zo",
        "OBRIEN",
        "brien",
        "societe gen",
        "design",
        "z.lukas@ana",
        "7946",
        "4420794",
        "0207946",
        "zozo",
        "chess",
        "ment",
        "lukasiewics",
        "lukaziewic",
        "zoe lisbin",
    ] {
        assert_eq!(
            world.names(me, query).await,
            ["Zoë Łukasiewicz-O'Brien"],
            "{query}"
        );
    }
    for query in ["zox", "zoe nobody", "7947", "oe"] {
        assert_eq!(world.names(me, query).await, [""; 0], "{query}");
    }
    let item = &world.people(me, "zoe").await["items"][0];
    assert_eq!(item["organisation"], "Société Générale");
    assert_eq!(item["emails"], json!(["z.lukas@analytical.example.org"]));
    assert_eq!(item["tags"], json!(["mentor"]));
    assert_eq!(
        item["owner"],
        json!({"account_id": me, "display_name": "Ada", "me": true})
    );
    assert_eq!(world.names(AccountId::generate(), "zoe").await, [""; 0]);
}

#[tokio::test]
async fn the_best_match_comes_first_then_the_warmest_then_by_name() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let me = AccountId::generate();
    let typo = person(me, "Aida Marten");
    let prefix = person(me, "Martina Abel");
    let exact = person(me, "Zed Martin");
    let warm = person(me, "Yan Martin");
    let work = works_at(person(me, "Bob Zuse"), "Martin", "clerk");
    for one in [&typo, &prefix, &exact, &warm, &work] {
        world.tell(one).await;
    }
    world.tell(&tie(&warm, 1, Band::Strong)).await;
    world.tell(&tie(&typo, 1, Band::Good)).await;
    world
        .finds(
            me,
            "martin",
            &[
                "Yan Martin",
                "Zed Martin",
                "Bob Zuse",
                "Martina Abel",
                "Aida Marten",
            ],
        )
        .await;
    world
        .finds(
            me,
            "",
            &[
                "Yan Martin",
                "Aida Marten",
                "Bob Zuse",
                "Martina Abel",
                "Zed Martin",
            ],
        )
        .await;
}

#[tokio::test]
async fn lists_come_in_pages_that_leave_nobody_out() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let me = AccountId::generate();
    for n in 0..7 {
        // Several batches, so several segments; and people of one name.
        let one = person(me, &format!("Sam {}", ["Abel", "Berg", "Cole"][n % 3]));
        world.tell(&one).await;
        if n % 2 == 0 {
            world.tell(&tie(&one, 1, Band::Fair)).await;
        }
    }
    eventually("seven", || async {
        world.people(me, "sam").await["total"] == 7
    })
    .await;
    world.settle().await;
    for query in ["sam", ""] {
        let whole: Value = world.people(me, query).await;
        let (mut pages, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/people?q={query}&limit=2&cursor={cursor}");
            let page: Value = world
                .client
                .as_account(me.0)
                .get(&path)
                .await
                .expect_status(200)
                .json();
            assert_eq!(page["total"], 7);
            pages.extend(page["items"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(json!(pages), whole["items"]);
    }
    let long = format!("/api/v1/people?q={}", "x".repeat(201));
    assert_problem(
        &world.client.as_account(me.0).get(&long).await,
        "validation",
    );
    assert_problem(
        &world
            .client
            .as_account(me.0)
            .get("/api/v1/people?cursor=x")
            .await,
        "validation",
    );
    assert_problem(&world.client.get("/api/v1/people").await, "unauthenticated");
}

#[tokio::test]
async fn merged_and_removed_people_are_not_found() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let me = AccountId::generate();
    let (ada, twin, gone) = (
        person(me, "Ada One"),
        person(me, "Ada Two"),
        person(me, "Ada Three"),
    );
    for one in [&ada, &twin, &gone] {
        world.tell(one).await;
    }
    let state = |of: &PersonChanged, state| PersonChanged {
        version: 2,
        state,
        ..of.clone()
    };
    world
        .tell(&state(
            &twin,
            PersonState::Merged {
                into: ada.person_id,
            },
        ))
        .await;
    world.tell(&state(&gone, PersonState::Removed)).await;
    world.finds(me, "ada", &["Ada One"]).await;
    // Unmerged again: what was is there again.
    world
        .tell(&PersonChanged {
            version: 3,
            ..twin.clone()
        })
        .await;
    world.finds(me, "ada", &["Ada One", "Ada Two"]).await;
}

#[tokio::test]
async fn members_of_a_circle_find_what_is_shared_and_nothing_else() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let (me, bob) = (AccountId::generate(), AccountId::generate());
    let club = CircleId::generate();
    let mut eve = works_at(person(bob, "Eve Secretname"), "Acme", "Chemist");
    eve.emails = vec!["eve@hidden.example.com".to_owned()];
    eve.phones = vec!["+1 555 0100".to_owned()];
    eve.other_names = vec!["Evita".to_owned()];
    eve.employments
        .push(kith_shared::events::ingest::Employment {
            organisation: "Former Works".to_owned(),
            title: None,
            current: false,
        });
    world.tell(&eve).await;
    world.tell(&person(bob, "Nowhere Man")).await;
    world.tell(&account(bob, "Bob")).await;
    world
        .tell(&annotation(&eve, 1, &["family"], &["confidential"]))
        .await;
    let share = |version, sharing, exceptions| {
        circle(
            club,
            version,
            vec![
                member(me, Sharing::Hidden, vec![]),
                member(bob, sharing, exceptions),
            ],
        )
    };
    world.tell(&share(1, Sharing::Hidden, vec![])).await;
    world.finds(bob, "eve", &["Eve Secretname"]).await;
    world.settle().await;
    assert_eq!(world.names(me, "").await, [""; 0]);

    world.tell(&share(2, Sharing::Name, vec![])).await;
    world.finds(me, "secret", &["Eve Secretname"]).await;
    let item = world.people(me, "eve acme chem").await["items"][0].clone();
    assert_eq!((&item["emails"], &item["tags"]), (&json!([]), &json!([])));
    assert_eq!(
        item["owner"],
        json!({"account_id": bob, "display_name": "Bob", "me": false})
    );
    for private in ["hidden", "555", "evita", "family", "confidential", "former"] {
        assert_eq!(world.names(me, private).await, [""; 0], "{private}");
    }

    world.tell(&share(3, Sharing::Organisation, vec![])).await;
    world.finds(me, "acme", &["Someone at Acme"]).await;
    assert_eq!(world.names(me, "chemist").await, ["Someone at Acme"]);
    assert_eq!(world.names(me, "").await, ["Someone at Acme"]);
    for private in ["eve", "secretname", "hidden", "confidential", "nowhere"] {
        assert_eq!(world.names(me, private).await, [""; 0], "{private}");
    }
    let text = world.people(me, "").await.to_string();
    assert!(
        !text.contains("Secretname") && !text.contains("hidden"),
        "{text}"
    );
    let organisations: Value = world
        .client
        .as_account(me.0)
        .get("/api/v1/organisations?q=ac")
        .await
        .json();
    assert_eq!(
        organisations["items"],
        json!([{"name": "Acme", "people": 1}])
    );

    // The strictest exception wins, by tag as by person; a more open one may open.
    let exception = |person_id, tag: Option<&str>, sharing| SharingException {
        person_id,
        tag: tag.map(str::to_owned),
        sharing,
    };
    let by_tag = vec![exception(None, Some("family"), Sharing::Hidden)];
    world.tell(&share(4, Sharing::Name, by_tag.clone())).await;
    world.finds(me, "", &["Nowhere Man"]).await;
    let opened = vec![exception(Some(eve.person_id), None, Sharing::Name)];
    world.tell(&share(5, Sharing::Hidden, opened.clone())).await;
    world.finds(me, "", &["Eve Secretname"]).await;
    world
        .tell(&share(6, Sharing::Hidden, [opened, by_tag].concat()))
        .await;
    world.finds(me, "", &[]).await;

    // Who left the circle sees nothing any more; an old event does not bring it back.
    world.tell(&share(7, Sharing::Name, vec![])).await;
    world.finds(me, "eve", &["Eve Secretname"]).await;
    world
        .tell(&circle(club, 8, vec![member(bob, Sharing::Name, vec![])]))
        .await;
    world.finds(me, "eve", &[]).await;
    world.tell(&share(7, Sharing::Name, vec![])).await;
    world.settle().await;
    assert_eq!(world.names(me, "eve").await, [""; 0]);
}

#[tokio::test]
async fn own_people_come_before_the_same_people_of_others() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let (me, bob) = (AccountId::generate(), AccountId::generate());
    let (mine, his) = (person(me, "Ada Lovelace"), person(bob, "Ada Lovelace"));
    world.tell(&his).await;
    world.tell(&mine).await;
    world.tell(&tie(&his, 1, Band::Strong)).await;
    let members = vec![
        member(me, Sharing::Hidden, vec![]),
        member(bob, Sharing::Name, vec![]),
    ];
    world.tell(&circle(CircleId::generate(), 1, members)).await;
    world
        .finds(me, "ada", &["Ada Lovelace", "Ada Lovelace"])
        .await;
    for query in ["ada", ""] {
        let found = world.people(me, query).await;
        assert_eq!(found["items"][0]["owner"]["me"], true, "{query}");
        assert_eq!(found["items"][1]["owner"]["me"], false, "{query}");
    }
}

#[tokio::test]
async fn organisations_are_counted_across_spellings() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let me = AccountId::generate();
    for (name, organisation) in [("A", "Acme"), ("B", "ACME"), ("C", "Acme"), ("D", "Bolt")] {
        world
            .tell(&works_at(person(me, name), organisation, "clerk"))
            .await;
    }
    world.finds(me, "clerk", &["A", "B", "C", "D"]).await;
    let ask = |query: &'static str| {
        let client = world.client.as_account(me.0);
        async move { client.get(query).await.expect_status(200).json::<Value>() }
    };
    let all = ask("/api/v1/organisations").await;
    assert_eq!(
        all["items"],
        json!([{"name": "Acme", "people": 3}, {"name": "Bolt", "people": 1}])
    );
    assert_eq!(
        ask("/api/v1/organisations?q=bo").await["items"],
        json!([{"name": "Bolt", "people": 1}])
    );
    assert_eq!(
        ask("/api/v1/organisations?q=clerk").await["items"],
        json!([])
    );
    let first = ask("/api/v1/organisations?limit=1").await;
    let next = format!(
        "/api/v1/organisations?limit=1&cursor={}",
        first["next"].as_str().unwrap()
    );
    let second: Value = world.client.as_account(me.0).get(&next).await.json();
    assert_eq!(
        (second["items"][0]["name"].as_str(), &second["next"]),
        (Some("Bolt"), &Value::Null)
    );
}

#[tokio::test]
async fn an_import_counts_as_applied_once_all_its_people_can_be_found() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let me = AccountId::generate();
    let import = ImportId::generate();
    let mut tap = world.bus.tap();
    let changed = ImportChanged {
        import_id: import,
        account_id: me,
        version: 3,
        file_name: "contacts.vcf".to_owned(),
        status: ImportStatus::Applying,
        records: 2,
        people: 2,
        published: BTreeMap::from([(PersonChanged::TYPE.to_owned(), 2)]),
        problem: None,
        cancelled: false,
    };
    let (ada, bob) = (person(me, "Ada"), person(me, "Bob"));
    world
        .bus
        .publish(&[seal_of(&changed, import.0), seal_of(&ada, import.0)])
        .await
        .unwrap();
    world.finds(me, "", &["Ada"]).await;
    world.bus.publish(&[seal_of(&bob, import.0)]).await.unwrap();
    let applied = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            if let Some(Tapped::Event(event)) = tap.next().await
                && event.is::<ImportApplied>()
            {
                return event.open::<ImportApplied>().unwrap();
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(
        (applied.import_id, applied.account_id, applied.parked),
        (import, me, 0)
    );
    assert_eq!(world.names(me, "").await, ["Ada", "Bob"]);
}

#[tokio::test]
async fn what_was_taken_in_is_there_after_a_restart() {
    let data = Home::new();
    let me = AccountId::generate();
    let ada = person(me, "Ada Lovelace");
    let world = World::open(data.path()).await;
    world.tell(&ada).await;
    world.finds(me, "ada", &["Ada Lovelace"]).await;
    assert!(world.shutdown.finish(Duration::from_secs(5)).await);
    drop(world);
    // The folder is free once the last task that used it has ended.
    let world = World::open(data.path()).await;
    assert_eq!(world.names(me, "ada").await, ["Ada Lovelace"]);
    world
        .tell(&PersonChanged {
            version: 2,
            display_name: "Ada King".to_owned(),
            ..ada
        })
        .await;
    world.finds(me, "ada", &["Ada King"]).await;
}

#[tokio::test]
async fn an_operator_is_told_what_is_held_of_every_event_type() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let me = AccountId::generate();
    let (ada, gone) = (person(me, "Ada"), person(me, "Gone"));
    let gone = PersonChanged {
        version: 4,
        state: PersonState::Removed,
        ..gone
    };
    let club = circle(CircleId::generate(), 3, vec![]);
    let (warm, noted) = (
        tie(&ada, 2, Band::Good),
        annotation(&ada, 5, &["chess"], &[]),
    );
    world.tell(&account(me, "Ada")).await;
    world.tell(&club).await;
    world.tell(&ada).await;
    world.tell(&gone).await;
    world.tell(&warm).await;
    world.tell(&noted).await;
    world.settle().await;
    let of = |account: Uuid, subjects: &[(String, i64)]| {
        let mut digest = Digest::default();
        for (subject, version) in subjects {
            digest.add(subject, *version);
        }
        let text = format!("{:016x}", digest.digest);
        json!({"account": account, "count": digest.count, "digest": text})
    };
    let both = [(ada.subject(), 1), (gone.subject(), 4)];
    for (kind, wanted) in [
        (AccountChanged::TYPE, of(me.0, &[(me.to_string(), 1)])),
        (CircleChanged::TYPE, of(Uuid::nil(), &[(club.subject(), 3)])),
        (PersonChanged::TYPE, of(me.0, &both)),
        (TieChanged::TYPE, of(me.0, &[(warm.subject(), 2)])),
        (AnnotationChanged::TYPE, of(me.0, &[(noted.subject(), 5)])),
    ] {
        let held = world.holdings(kind).await;
        // The person by whom it settled is of another account.
        let items = held.as_array().unwrap();
        assert!(items.contains(&wanted), "{kind}: {wanted} {held}");
        assert!(items.len() <= 2, "{kind}: {held}");
    }
}

#[tokio::test]
async fn nothing_of_an_erased_account_is_found_or_taken_in_again() {
    let data = Home::new();
    let world = World::open(data.path()).await;
    let me = AccountId::generate();
    world.tell(&person(me, "Ada")).await;
    world.finds(me, "", &["Ada"]).await;
    world
        .tell(&ErasureRequested {
            account_id: me,
            version: 9,
        })
        .await;
    world.finds(me, "", &[]).await;
    world
        .bus
        .publish(&[seal(&person(me, "Late"))])
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(world.names(me, "").await, [""; 0]);
}
