//! What the owner does to the book.

use kith_shared::{
    events::{
        ingest::{PersonChanged, PersonState},
        users::ErasureRequested,
    },
    ids::PersonId,
};
use serde_json::{Value, json};
use skeleton_host::testing::assert_problem;

use crate::support::{ADA, Fixture, GRACE, Owner, connections, eventually};

async fn two(owner: &Owner) -> (String, String) {
    let import = owner.import("a.csv", connections(&[ADA, GRACE])).await;
    let receipt = owner.receipt(&import).await;
    let id = |at: usize| receipt[at]["person_id"].as_str().unwrap().to_owned();
    (id(0), id(1))
}

/// Everything but what changes by being written again.
fn essence(mut person: Value) -> Value {
    person.as_object_mut().unwrap().remove("version");
    person
}

#[tokio::test]
async fn a_merge_is_undone_exactly_and_old_ids_go_on_to_work() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let (ada, grace) = two(&owner).await;
    let before = (
        essence(owner.get(&format!("/people/{ada}")).await),
        essence(owner.get(&format!("/people/{grace}")).await),
    );
    let path = format!("/api/v1/people/{grace}/merges");
    let merged: Value = owner
        .client
        .post(&path, &json!({"person_id": ada}))
        .await
        .json();
    assert_eq!(merged["id"], json!(ada));
    assert_eq!(merged["merged"][0]["person_id"], json!(grace));
    assert_eq!(merged["merged"][0]["display_name"], "Grace Hopper");
    assert_eq!(owner.get(&format!("/people/{grace}")).await, merged);
    let again = owner.client.post(&path, &json!({"person_id": ada})).await;
    assert_problem(&again, "conflict");

    let gone: PersonId = grace.parse().unwrap();
    eventually("the merge is published", async || {
        let heard = fixture.heard::<PersonChanged>();
        let into = PersonState::Merged {
            into: ada.parse().unwrap(),
        };
        let merged = heard
            .iter()
            .any(|(_, it)| it.person_id == gone && it.state == into);
        let alias = heard.iter().any(|(_, it)| it.aliases == [gone]);
        (merged && alias).then_some(())
    })
    .await;

    let merge_id = merged["merged"][0]["merge_id"].as_str().unwrap();
    owner
        .client
        .delete(&format!("/api/v1/people/{grace}/merges/{merge_id}"))
        .await
        .expect_status(200);
    assert_eq!(
        essence(owner.get(&format!("/people/{ada}")).await),
        before.0
    );
    assert_eq!(
        essence(owner.get(&format!("/people/{grace}")).await),
        before.1
    );
    let twice = owner
        .client
        .delete(&format!("/api/v1/people/{ada}/merges/{merge_id}"))
        .await;
    assert_problem(&twice, "not-found");
}

#[tokio::test]
async fn those_who_were_parted_are_not_merged_by_an_address_again() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    // Of one name alone nobody knows whether they are one.
    let cards = "BEGIN:VCARD\nVERSION:3.0\nFN:Ada Lovelace\nEMAIL:ada@example.com\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:Ada Lovelace\nEMAIL:lovelace@example.org\nEND:VCARD\n";
    let first = owner.import("a.vcf", cards).await;
    assert_eq!(first["counts"]["created"], 2, "{first}");
    let receipt = owner.receipt(&first).await;
    let id = |at: usize| receipt[at]["person_id"].as_str().unwrap().to_owned();
    let (one, two) = (id(0), id(1));
    let bridge = |name: &str| {
        format!(
            "First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value\n{name},Lovelace,,,ada@example.com,,lovelace@example.org\n"
        )
    };
    let import = owner.import("b.csv", bridge("Ada")).await;
    assert_eq!(import["counts"]["merged"], 1, "{import}");
    let line = &owner.receipt(&import).await[0];
    let reason = line["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("joined Ada Lovelace: same e-mail address"),
        "{line}"
    );
    let person = owner.get(&format!("/people/{two}")).await;
    assert_eq!(person["id"], json!(one));
    let merged = person["merged"].as_array().unwrap().clone();
    let of_two = merged
        .iter()
        .find(|it| it["person_id"] == json!(two))
        .unwrap();
    assert!(
        of_two["reason"]
            .as_str()
            .unwrap()
            .contains("lovelace@example.org"),
        "{of_two}"
    );
    assert_eq!(of_two["by"], "rule");
    assert!(of_two["bits"].as_i64().unwrap() >= 5, "{of_two}");
    let merge_id = of_two["merge_id"].as_str().unwrap();
    owner
        .client
        .delete(&format!("/api/v1/people/{one}/merges/{merge_id}"))
        .await
        .expect_status(200);
    owner.import("c.csv", bridge("A.")).await;
    assert_eq!(owner.get(&format!("/people/{two}")).await["id"], json!(two));
    assert_eq!(owner.get(&format!("/people/{one}")).await["id"], json!(one));
}

#[tokio::test]
async fn my_word_stands_over_files_until_it_is_taken_back() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let (ada, _) = two(&owner).await;
    let path = format!("/api/v1/people/{ada}");
    let before = owner.get(&format!("/people/{ada}")).await;
    let body = json!({"display_name": "Countess Ada", "organisation": "Home", "emails": ["me@ada.example.org"]});
    let edited = owner
        .client
        .patch(&path, &body)
        .header("if-match", "\"1\"")
        .await;
    assert_eq!(edited.header("etag"), "\"2\"");
    let person: Value = edited.json();
    assert_eq!(person["display_name"], "Countess Ada");
    assert_eq!(person["employments"][0]["organisation"], "Home");
    assert_eq!(person["employments"][1]["current"], false);
    let emails = |person: &Value| -> Vec<Value> {
        let fields = person["fields"].as_array().unwrap().iter();
        fields
            .filter(|it| it["name"] == "email")
            .map(|it| it["value"].clone())
            .collect()
    };
    assert_eq!(emails(&person), [json!("me@ada.example.org")]);
    let stale = owner
        .client
        .patch(&path, &json!({"title": "x"}))
        .header("if-match", "\"1\"")
        .await;
    assert_problem(&stale, "version-mismatch");

    // A newer file does not overrule it.
    owner
        .import("b.csv", connections(&[&ADA.replace("Ada,", "Augusta,")]))
        .await;
    assert_eq!(
        owner.get(&format!("/people/{ada}")).await["display_name"],
        "Countess Ada"
    );

    let back = json!({"display_name": null, "organisation": null, "emails": null});
    let person: Value = owner.client.patch(&path, &back).await.json();
    assert_eq!(person["display_name"], "Augusta Lovelace");
    assert_eq!(emails(&person), emails(&before));
    let bad = owner
        .client
        .patch(&path, &json!({"emails": ["ada"], "birthday": "soon"}))
        .await;
    let pointers: Vec<String> = assert_problem(&bad, "validation")
        .errors
        .into_iter()
        .map(|it| it.pointer)
        .collect();
    assert_eq!(pointers, ["/emails/0", "/birthday"]);
}

#[tokio::test]
async fn a_person_added_by_hand_is_found_by_a_later_file() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let body = json!({"display_name": "Ada", "emails": ["ada@example.com"], "title": "Friend"});
    let create = async || {
        owner
            .client
            .post("/api/v1/people", &body)
            .header("idempotency-key", "p1")
            .await
            .expect_status(201)
    };
    let (added, at_once) = tokio::join!(create(), create());
    let added: Value = added.json();
    for again in [at_once, create().await] {
        assert_eq!(again.json::<Value>()["id"], added["id"]);
    }
    let import = owner.import("a.csv", connections(&[ADA])).await;
    assert_eq!(import["counts"]["merged"], 1, "{import}");
    let id = added["id"].as_str().unwrap();
    let records = owner.get(&format!("/people/{id}/records")).await;
    let items = records["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["raw"].as_str().unwrap().trim_end(), ADA);
    assert_eq!(items[0]["position"], "line 2");
    assert_eq!(items[1]["source"], "you");
    let nameless = owner
        .client
        .post("/api/v1/people", &json!({"display_name": " "}))
        .await;
    assert_eq!(
        assert_problem(&nameless, "validation").errors[0].pointer,
        "/display_name"
    );
}

#[tokio::test]
async fn an_erased_account_leaves_nothing() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let (ada, _) = two(&owner).await;
    fixture
        .publish(&ErasureRequested {
            account_id: owner.id,
            version: 9,
        })
        .await;
    eventually("the person is gone", async || {
        let response = owner.client.get(&format!("/api/v1/people/{ada}")).await;
        (response.status == 404).then_some(())
    })
    .await;
    assert_eq!(owner.get("/imports").await["items"], json!([]));
    // A late word of users does not bring it back.
    fixture
        .tell_account(owner.id, 3, &["owner@example.net"])
        .await;
    assert_problem(
        &owner.upload("b.csv", connections(&[ADA])).await,
        "conflict",
    );
    assert_eq!(fixture.ground.files().await, 0);
}
