//! Tags and notes stay where they were made, and are read and told of through merges.

use std::collections::BTreeMap;

use kith_shared::{
    events::{
        ingest::{PersonChanged, PersonState},
        network::AnnotationChanged,
    },
    ids::{AccountId, CircleId, PersonId},
    sharing::{Sharing, SharingException},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use skeleton_durable::Envelope;
use skeleton_host::testing::assert_problem;

use crate::fixture::*;

fn merged(owner: AccountId, id: PersonId, into: PersonId) -> PersonChanged {
    let mut person = person(owner, id, "");
    person.version = 2;
    person.state = PersonState::Merged { into };
    person
}

#[tokio::test]
async fn tags_and_notes_are_kept_published_and_removed() {
    let network = Network::start().await;
    let (ada, alan) = (AccountId::generate(), PersonId::generate());
    network
        .told(&[seal(&person(ada, alan, "Alan").listed("you"))])
        .await;
    let client = network.client.as_account(ada.0);
    let base = format!("/api/v1/people/{alan}");
    client
        .put(&format!("{base}/tags/old%20friend"), &())
        .await
        .expect_status(204);
    client
        .put(&format!("{base}/tags/old%20friend"), &())
        .await
        .expect_status(204);
    let note: Value = client
        .post(
            &format!("{base}/notes"),
            &json!({ "text": "met at Bletchley" }),
        )
        .await
        .expect_status(201)
        .json();
    let written = network.get(ada, &format!("{base}/annotations")).await;
    assert_eq!(written["tags"], json!(["old friend"]));
    assert_eq!(written["notes"], json!([note]));

    let first: AnnotationChanged = network.next().await;
    assert_eq!(
        (first.version, first.tags, first.notes),
        (1, vec!["old friend".into()], vec![])
    );
    let second: AnnotationChanged = network.next().await;
    assert_eq!(
        (second.version, second.notes),
        (2, vec!["met at Bletchley".to_owned()])
    );

    let id = note["id"].as_str().unwrap();
    client
        .delete(&format!("{base}/notes/{id}"))
        .await
        .expect_status(204);
    assert_problem(
        &client.delete(&format!("{base}/notes/{id}")).await,
        "not-found",
    );
    client
        .delete(&format!("{base}/tags/old%20friend"))
        .await
        .expect_status(204);
    let written = network.get(ada, &format!("{base}/annotations")).await;
    assert_eq!(written, json!({ "tags": [], "notes": [] }));
}

#[tokio::test]
async fn a_note_sent_twice_under_one_key_is_written_once() {
    let network = Network::start().await;
    let (ada, alan) = (AccountId::generate(), PersonId::generate());
    network.told(&[seal(&person(ada, alan, "Alan"))]).await;
    let path = format!("/api/v1/people/{alan}/notes");
    let send = |text: &'static str| {
        let client = network.client.as_account(ada.0);
        let path = path.clone();
        async move {
            client
                .post(&path, &json!({ "text": text }))
                .header("idempotency-key", "k")
                .await
        }
    };
    let first: Value = send("hello").await.json();
    let again: Value = send("hello").await.json();
    assert_eq!(first, again);
    assert_problem(&send("something else").await, "validation");
    let written = network
        .get(ada, &format!("/api/v1/people/{alan}/annotations"))
        .await;
    assert_eq!(written["notes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_written_on_a_merged_person_is_read_on_the_survivor_and_given_back() {
    let network = Network::start().await;
    let (ada, old, now) = (
        AccountId::generate(),
        PersonId::generate(),
        PersonId::generate(),
    );
    network
        .told(&[
            seal(&person(ada, old, "A. Turing")),
            seal(&person(ada, now, "Alan")),
        ])
        .await;
    let client = network.client.as_account(ada.0);
    client
        .put(&format!("/api/v1/people/{old}/tags/chess"), &())
        .await
        .expect_status(204);
    network.told(&[seal(&merged(ada, old, now))]).await;
    let tags_of = async |id: PersonId| {
        network
            .get(ada, &format!("/api/v1/people/{id}/annotations"))
            .await["tags"]
            .clone()
    };
    assert_eq!(tags_of(now).await, json!(["chess"]));
    assert_eq!(tags_of(old).await, json!(["chess"]), "the old id resolves");
    let mut apart = person(ada, old, "A. Turing");
    apart.version = 3;
    network.told(&[seal(&apart)]).await;
    assert_eq!(tags_of(now).await, json!([]));
    assert_eq!(tags_of(old).await, json!(["chess"]));
}

/// What was told of each person, newest by version: everything up to the tagging of a marker.
async fn told_of_all(network: &Network, owner: AccountId) -> BTreeMap<PersonId, AnnotationChanged> {
    let marker = PersonId::generate();
    network
        .told(&[seal(&person(owner, marker, "Marker"))])
        .await;
    tag(network, owner, marker, "last").await;
    let mut told: BTreeMap<PersonId, AnnotationChanged> = BTreeMap::new();
    loop {
        let event: AnnotationChanged = network.next().await;
        if event.person_id == marker {
            return told;
        }
        let newest = told.entry(event.person_id).or_insert_with(|| event.clone());
        if newest.version < event.version {
            *newest = event;
        }
    }
}

async fn tag(network: &Network, owner: AccountId, person: PersonId, tag: &str) {
    let client = network.client.as_account(owner.0);
    let path = format!("/api/v1/people/{person}/tags/{tag}");
    client.put(&path, &()).await.expect_status(204);
}

#[tokio::test]
async fn a_merge_tells_of_the_survivor_with_all_tags_and_a_parting_of_each_with_its_own() {
    let network = Network::start().await;
    let ada = AccountId::generate();
    let (old, now) = (PersonId::generate(), PersonId::generate());
    let both = [
        seal(&person(ada, old, "A. Turing")),
        seal(&person(ada, now, "Alan")),
    ];
    network.told(&both).await;
    tag(&network, ada, old, "private").await;
    tag(&network, ada, now, "chess").await;
    let client = network.client.as_account(ada.0);
    client
        .post(
            &format!("/api/v1/people/{old}/notes"),
            &json!({ "text": "hush" }),
        )
        .await
        .expect_status(201);
    let before = told_of_all(&network, ada).await;
    assert_eq!(before[&now].tags, ["chess"]);

    network.told(&[seal(&merged(ada, old, now))]).await;
    let told: AnnotationChanged = network.next().await;
    assert_eq!((told.person_id, told.version), (now, 2));
    assert_eq!(told.tags, ["chess", "private"]);
    assert_eq!(told.notes, ["hush"]);

    tag(&network, ada, old, "maths").await;
    let told: AnnotationChanged = network.next().await;
    assert_eq!((told.person_id, told.version), (now, 3));
    assert_eq!(told.tags, ["chess", "maths", "private"]);

    // What stands on the old id and is taken off is gone from both.
    let path = format!("/api/v1/people/{now}/notes/");
    let written = network
        .get(ada, &format!("/api/v1/people/{now}/annotations"))
        .await;
    let note = written["notes"][0]["id"].as_str().unwrap();
    client
        .delete(&format!("{path}{note}"))
        .await
        .expect_status(204);
    let mut apart = person(ada, old, "A. Turing");
    apart.version = 3;
    network.told(&[seal(&apart)]).await;
    let told = told_of_all(&network, ada).await;
    assert_eq!(told[&now].tags, ["chess", "maths"]);
    assert_eq!(told[&old].tags, ["private"]);
    assert!(told[&now].notes.is_empty() && told[&old].notes.is_empty());
}

#[tokio::test]
async fn a_merge_into_a_person_who_is_not_known_yet_is_told_of_all_the_same() {
    let network = Network::start().await;
    let ada = AccountId::generate();
    let (old, now) = (PersonId::generate(), PersonId::generate());
    network.told(&[seal(&person(ada, old, "Alan"))]).await;
    tag(&network, ada, old, "private").await;
    network.told(&[seal(&merged(ada, old, now))]).await;
    let told = told_of_all(&network, ada).await;
    assert_eq!(told[&now].tags, ["private"]);
}

/// Merges and partings of four persons, as ingest tells of them: under the root, whoever that is.
fn partings(owner: AccountId, people: [PersonId; 4]) -> Vec<Envelope> {
    let into = |n: usize| Some(people[n]);
    let states = [
        vec![(1, into(0)), (2, into(0))],
        vec![(1, None)],
        vec![(3, into(1)), (2, into(1))],
        vec![(2, None)],
        vec![(3, into(0)), (1, into(0))],
    ];
    let mut versions = [1; 4];
    let mut events = Vec::new();
    for (n, into) in states.into_iter().flatten() {
        versions[n] += 1;
        let mut changed = person(owner, people[n], "Somebody");
        changed.version = versions[n];
        if let Some(into) = into {
            changed.state = PersonState::Merged { into };
        }
        events.push(seal(&changed));
    }
    events
}

/// Of every person, what was told last is what is read.
async fn told_is_read(order: Vec<usize>, batch: usize, tagged_after: usize) {
    let network = Network::start().await;
    let ada = AccountId::generate();
    let people: [PersonId; 4] = std::array::from_fn(|_| PersonId::generate());
    let known: Vec<Envelope> = people
        .iter()
        .map(|id| seal(&person(ada, *id, "Somebody")))
        .collect();
    network.told(&known).await;
    for (n, id) in people.iter().enumerate() {
        tag(&network, ada, *id, &format!("own{n}")).await;
    }
    let events = partings(ada, people);
    let deliveries: Vec<Envelope> = order.iter().map(|n| events[*n].clone()).collect();
    for (n, events) in deliveries.chunks(batch).enumerate() {
        network.told(events).await;
        if n == tagged_after {
            tag(&network, ada, people[1], "late").await;
            let path = format!("/api/v1/people/{}/tags/own2", people[2]);
            let client = network.client.as_account(ada.0);
            client.delete(&path).await.expect_status(204);
        }
    }
    let told = told_of_all(&network, ada).await;
    for id in [people[0], people[2]] {
        let read = network
            .get(ada, &format!("/api/v1/people/{id}/annotations"))
            .await;
        assert_eq!(read["tags"], json!(told[&id].tags));
    }
}

#[test]
fn what_is_told_last_is_what_is_read_in_any_order_of_merges_and_partings() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let order = Just((0..8).collect::<Vec<usize>>()).prop_shuffle();
    let mut runner = TestRunner::new(Config {
        cases: 24,
        ..Config::default()
    });
    runner
        .run(
            &(order, 1..4usize, 0..8usize),
            |(order, batch, tagged_after)| {
                runtime.block_on(told_is_read(order, batch, tagged_after));
                Ok(())
            },
        )
        .unwrap();
}

#[tokio::test]
async fn a_tag_that_hides_takes_the_person_out_of_others_paths_at_once() {
    let network = Network::start().await;
    let (ada, grace, alan) = (
        AccountId::generate(),
        AccountId::generate(),
        PersonId::generate(),
    );
    let mut sharing = member(grace, "Grace", Sharing::Name);
    sharing.exceptions.push(SharingException {
        person_id: None,
        tag: Some("private".into()),
        sharing: Sharing::Hidden,
    });
    let members = vec![member(ada, "Ada", Sharing::Name), sharing];
    network
        .told(&[
            seal(&circle(CircleId::generate(), 1, members)),
            seal(&person(grace, alan, "Alan")),
            seal(&wrote(grace, alan, 6)),
        ])
        .await;
    assert_eq!(network.paths(ada, alan).await.len(), 1);
    let tag = format!("/api/v1/people/{alan}/tags/private");
    network
        .client
        .as_account(grace.0)
        .put(&tag, &())
        .await
        .expect_status(204);
    let answer = network
        .client
        .as_account(ada.0)
        .get(&format!("/api/v1/paths?to={alan}"))
        .await;
    assert_problem(&answer, "not-found");
}
