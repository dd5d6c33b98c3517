//! Tags and notes stay where they were made and are read through merges.

use kith_shared::{
    events::{
        ingest::{PersonChanged, PersonState},
        network::AnnotationChanged,
    },
    ids::{AccountId, CircleId, PersonId},
    sharing::{Sharing, SharingException},
};
use serde_json::{Value, json};
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
