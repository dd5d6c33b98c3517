//! Bringing address books.

use kith_shared::{
    events::ingest::{ImportChanged, ImportStatus, PersonChanged, PersonState},
    ids::ImportId,
};
use serde_json::{Value, json};

use crate::support::{ADA, Fixture, GRACE, connections, eventually};

#[tokio::test]
async fn a_linkedin_export_becomes_people() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner
        .import("Connections.csv", connections(&[ADA, GRACE]))
        .await;
    assert_eq!(import["format"], "linkedin");
    assert_eq!(import["counts"]["created"], 2, "{import}");
    let receipt = owner.receipt(&import).await;
    assert_eq!(receipt[0]["outcome"], "created");
    assert_eq!(receipt[0]["label"], "Ada Lovelace");

    let person = owner
        .get(&format!(
            "/people/{}",
            receipt[0]["person_id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(person["display_name"], "Ada Lovelace");
    assert_eq!(
        person["employments"][0]["organisation"],
        "Analytical Engines"
    );
    let email = person["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "email")
        .unwrap();
    assert_eq!(email["value"], "ada@example.com");
    assert_eq!(email["sources"][0]["source"], "linkedin");
    assert_eq!(email["sources"][0]["file_name"], "Connections.csv");

    let heard = eventually("both are published", async || {
        let heard = fixture.heard::<PersonChanged>();
        (heard.len() == 2).then_some(heard)
    })
    .await;
    let (envelope, ada) = heard
        .iter()
        .find(|(_, it)| it.display_name == "Ada Lovelace")
        .unwrap();
    assert_eq!(
        envelope.correlation_id.to_string(),
        import["id"].as_str().unwrap()
    );
    assert_eq!(ada.state, PersonState::Active);
    assert_eq!(ada.keys.len(), 2);
    assert_eq!(ada.connections[0].source, "linkedin");
    assert_eq!(ada.connections[0].since.unwrap().to_string(), "2021-03-04");
}

#[tokio::test]
async fn an_import_succeeds_when_search_and_network_have_applied_it() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner.import("Connections.csv", connections(&[ADA])).await;
    assert_eq!(import["status"], "running");
    assert_eq!(import["stage"], "applying");
    let id: ImportId = import["id"].as_str().unwrap().parse().unwrap();
    let applying = eventually("it is applying", async || {
        let heard = fixture.heard::<ImportChanged>();
        heard
            .into_iter()
            .map(|(_, it)| it)
            .find(|it| it.status == ImportStatus::Applying)
    })
    .await;
    assert_eq!(applying.published["ingest.person-changed"], 1);
    assert_eq!(applying.published["ingest.interactions-changed"], 0);
    fixture.apply(id, owner.id).await;
    let done = eventually("it has succeeded", async || {
        let import = owner.get(&format!("/imports/{id}")).await;
        (import["status"] == "succeeded").then_some(import)
    })
    .await;
    assert!(done["finished_at"].is_string());
    eventually("that is published", async || {
        let heard = fixture.heard::<ImportChanged>();
        heard
            .iter()
            .any(|(_, it)| it.status == ImportStatus::Succeeded)
            .then_some(())
    })
    .await;
    eventually("the file is deleted", async || {
        fixture.ground.files().await == 0
    })
    .await;
}

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_succeeds_at_once() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let first = owner
        .import("Connections.csv", connections(&[ADA, GRACE]))
        .await;
    let before = owner.receipt(&first).await;
    let again = owner
        .import("Connections (1).csv", connections(&[GRACE, ADA]))
        .await;
    assert_eq!(again["status"], "succeeded");
    assert_eq!(again["counts"]["unchanged"], 2, "{again}");
    let after = owner.receipt(&again).await;
    assert_eq!(after[1]["person_id"], before[0]["person_id"]);
}

#[tokio::test]
async fn a_newer_export_updates_and_another_source_merges_by_address() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let first = owner.import("a.csv", connections(&[ADA])).await;
    let id = owner.receipt(&first).await[0]["person_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let promoted = ADA.replace("Programmer", "Countess");
    let second = owner.import("b.csv", connections(&[&promoted])).await;
    assert_eq!(second["counts"]["updated"], 1, "{second}");
    let card =
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ada King\nEMAIL:ADA@example.com\nTEL:030 901820\nEND:VCARD\n";
    let third = owner.import("c.vcf", card).await;
    assert_eq!(third["counts"]["merged"], 1, "{third}");
    let person = owner.get(&format!("/people/{id}")).await;
    assert_eq!(person["display_name"], "Ada King");
    assert_eq!(
        person["employments"],
        json!([
            {"organisation": "Analytical Engines", "title": "Countess", "current": true, "source": "linkedin"},
            {"organisation": "Analytical Engines", "title": "Programmer", "current": false, "source": "linkedin"},
        ])
    );
    let emails: Vec<&Value> = person["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["name"] == "email")
        .collect();
    assert_eq!(emails.len(), 1);
    assert_eq!(emails[0]["sources"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn equal_names_and_shared_mailboxes_merge_nobody() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let rows = [
        "John,Smith,,info@example.com,Acme,,04 Mar 2021",
        "John,Smith,,,Other,,05 Mar 2021",
        "Jane,Smith,,info@example.com,Acme,,05 Mar 2021",
    ];
    let import = owner.import("a.csv", connections(&rows)).await;
    assert_eq!(import["counts"]["created"], 3, "{import}");
}

#[tokio::test]
async fn the_owner_is_nobody_in_their_own_book() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("ada@example.com").await;
    let import = owner.import("a.csv", connections(&[ADA, GRACE])).await;
    assert_eq!(import["counts"]["left_out"], 1, "{import}");
    let receipt = owner.receipt(&import).await;
    assert_eq!(receipt[0]["reason"], "that is you");
    assert!(receipt[0]["person_id"].is_null());
}
