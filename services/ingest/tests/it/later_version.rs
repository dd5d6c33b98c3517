//! Values of a later version, which shares the store while an upgrade is under way: they are read,
//! shown, written again and published as they are, and decided as nothing that they are not.

use kith_shared::{
    events::{
        ingest::{ImportChanged, ImportStatus, InteractionsChanged, PersonChanged},
        network,
    },
    ids::{AccountId, ImportId, PersonId},
};
use serde_json::{Value, json};

use crate::{
    mail::{ME, mbox},
    support::{ADA, Fixture, GRACE, Owner, connections, eventually},
};

/// One person, brought by a list.
async fn ada(fixture: &Fixture) -> (Owner, Value, PersonId) {
    let owner = fixture.account(ME).await;
    let import = owner.import("Connections.csv", connections(&[ADA])).await;
    let receipt = owner.receipt(&import).await;
    let id = receipt[0]["person_id"].as_str().unwrap().parse().unwrap();
    (owner, import, id)
}

async fn edit(owner: &Owner, person: PersonId, patch: Value) -> Value {
    let path = format!("/api/v1/people/{person}");
    let edited = owner.client.patch(&path, &patch).await;
    edited.expect_status(200).json()
}

/// The last that was told of a person.
async fn told(fixture: &Fixture, person: PersonId, version: i64) -> PersonChanged {
    eventually("the person is published", async || {
        let heard = fixture.heard::<PersonChanged>().into_iter();
        heard
            .map(|(_, it)| it)
            .find(|it| it.person_id == person && it.version == version)
    })
    .await
}

#[tokio::test]
async fn a_record_of_an_unknown_source_is_a_list_of_its_own_name() {
    let fixture = Fixture::start().await;
    let (owner, _, ada) = ada(&fixture).await;
    let said = r#"{"contact":{"name":{"full":"Ada Lovelace","phonetic":"Eida"},"pronouns":["she"],"emails":[{"value":"ada@example.com","verified":true}],"photo":{"Blob":{"id":"7"}}}}"#;
    let text = format!("UPDATE record SET source = 'outlook', said = '{said}'");
    fixture.ground.sql(&text, &[]).await;

    let person = edit(&owner, ada, json!({"nickname": "Countess"})).await;
    let email = person["fields"].as_array().unwrap().iter();
    let email = email.clone().find(|it| it["name"] == "email").unwrap();
    assert_eq!(email["sources"][0]["source"], "outlook", "{person}");
    let told = told(&fixture, ada, person["version"].as_i64().unwrap()).await;
    let lists: Vec<&str> = told
        .connections
        .iter()
        .map(|it| it.source.as_str())
        .collect();
    assert_eq!(lists, ["outlook", "you"]);
    assert_eq!(told.emails, ["ada@example.com"]);
    let records = owner.get(&format!("/people/{ada}/records")).await;
    assert_eq!(records["items"][1]["source"], "outlook", "{records}");
    let kept = "SELECT said FROM record WHERE source = 'outlook'";
    assert_eq!(fixture.ground.texts(kept).await, [said]);
    assert_eq!(fixture.unreadable().await, []);
}

#[tokio::test]
async fn an_unknown_source_is_believed_over_mail_and_under_the_known_lists() {
    let fixture = Fixture::start().await;
    let (owner, _, ada) = ada(&fixture).await;
    let other = "BEGIN:VCARD\nVERSION:3.0\nFN:Ada King\nEMAIL:ada@example.com\nEND:VCARD\n";
    owner.import("b.vcf", other).await;
    let name = async || owner.get(&format!("/people/{ada}")).await["display_name"].clone();
    for (source, believed) in [
        ("outlook", "Ada Lovelace"),
        ("mail", "Ada Lovelace"),
        ("google", "Ada King"),
    ] {
        let text = format!("UPDATE record SET source = '{source}' WHERE file_name = 'b.vcf'");
        fixture.ground.sql(&text, &[]).await;
        assert_eq!(name().await, believed, "{source}");
    }
    // The one of the mail is newer, and would be believed of two equals.
    let both =
        "UPDATE record SET source = CASE file_name WHEN 'b.vcf' THEN 'mail' ELSE 'outlook' END";
    fixture.ground.sql(both, &[]).await;
    assert_eq!(name().await, "Ada Lovelace");
}

#[tokio::test]
async fn what_a_later_version_added_to_an_edit_outlives_the_next_edit() {
    let fixture = Fixture::start().await;
    let (owner, _, ada) = ada(&fixture).await;
    edit(&owner, ada, json!({"nickname": "Countess"})).await;
    let said = r#"{"edit":{"nickname":"Countess","pronouns":{"en":"she/her"}}}"#;
    let text = format!("UPDATE record SET said = '{said}' WHERE source = 'you'");
    assert_eq!(fixture.ground.sql(&text, &[]).await, 1);
    edit(&owner, ada, json!({"title": "Programmer"})).await;
    let kept = "SELECT said FROM record WHERE source = 'you'";
    let expected =
        r#"{"edit":{"nickname":"Countess","title":"Programmer","pronouns":{"en":"she/her"}}}"#;
    assert_eq!(fixture.ground.texts(kept).await, [expected]);
}

#[tokio::test]
async fn a_word_of_the_owner_in_another_form_is_not_replaced() {
    let fixture = Fixture::start().await;
    let (owner, _, ada) = ada(&fixture).await;
    edit(&owner, ada, json!({"nickname": "Countess"})).await;
    let said = r#"{"remark":{"pinned":true}}"#;
    let text = format!("UPDATE record SET said = '{said}' WHERE source = 'you'");
    fixture.ground.sql(&text, &[]).await;
    let person = edit(&owner, ada, json!({"title": "Programmer"})).await;
    assert_eq!(person["display_name"], "Ada Lovelace");
    let kept = "SELECT said FROM record WHERE source = 'you' ORDER BY said";
    let expected = [r#"{"edit":{"title":"Programmer"}}"#, said];
    assert_eq!(fixture.ground.texts(kept).await, expected);
}

#[tokio::test]
async fn an_import_in_an_unknown_status_stays_in_it() {
    let fixture = Fixture::start().await;
    let (owner, import, _) = ada(&fixture).await;
    let id: ImportId = import["id"].as_str().unwrap().parse().unwrap();
    // Its own file first: a sweep that is under way would take the other one's mark away.
    eventually("its file is gone", async || {
        let gone = "SELECT status FROM import WHERE has_blob = 0";
        (!fixture.ground.texts(gone).await.is_empty()).then_some(())
    })
    .await;
    let paused = "UPDATE import SET status = 'paused', has_blob = 1 WHERE id = {id}";
    assert_eq!(fixture.ground.sql(paused, &[id.0]).await, 1);
    let network = network::ImportApplied {
        import_id: id,
        account_id: owner.id,
        parked: 0,
    };
    fixture.publish(&network).await;
    let told = eventually("it is published", async || {
        let heard = fixture.heard::<ImportChanged>().into_iter();
        heard
            .map(|(_, it)| it)
            .find(|it| it.status == ImportStatus::Other("paused".to_owned()))
    })
    .await;
    assert_eq!(told.import_id, id);
    // A turn of the worker, which deletes the files of imports that are over.
    owner.import("b.csv", connections(&[GRACE])).await;
    let kept = "SELECT status FROM import WHERE has_blob = 1 AND status = 'paused'";
    assert_eq!(fixture.ground.texts(kept).await, ["paused"]);
    let shown = owner.get(&format!("/imports/{id}")).await;
    assert_eq!(
        (&shown["status"], &shown["stage"]),
        (&json!("running"), &Value::Null)
    );
}

#[tokio::test]
async fn a_file_of_an_unknown_format_waits_for_who_can_read_it() {
    let fixture = Fixture::start().await;
    let owner = fixture.account(ME).await;
    let waiting = ImportId::generate();
    let text = "INSERT INTO import (id, account, version, file_name, format, status, created_at, \
        bytes_total, bytes_done, taken, created, merged, updated, unchanged, left_out, rejected, \
        told_people, told_interactions, applied_by_search, applied_by_network) VALUES \
        ({id}, {id}, 1, 'a.pst', 'outlook', 'queued', 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)";
    fixture.ground.sql(text, &[waiting.0, owner.id.0]).await;
    // One behind it does not wait for it.
    let read = owner.import("b.csv", connections(&[GRACE])).await;
    assert_eq!(read["counts"]["created"], 1, "{read}");
    let shown = owner.get(&format!("/imports/{waiting}")).await;
    assert_eq!(
        (&shown["status"], &shown["format"]),
        (&json!("queued"), &json!("outlook"))
    );
}

#[tokio::test]
async fn what_became_of_a_record_is_shown_in_the_words_it_was_stored_with() {
    let fixture = Fixture::start().await;
    let (owner, import, _) = ada(&fixture).await;
    fixture
        .ground
        .sql("UPDATE receipt SET outcome = 'postponed'", &[])
        .await;
    assert_eq!(owner.receipt(&import).await[0]["outcome"], "postponed");
}

#[tokio::test]
async fn interactions_of_an_unknown_channel_are_published_by_its_name() {
    let fixture = Fixture::start().await;
    let (owner, _, ada) = ada(&fixture).await;
    let letter = mbox(&[(1, ME, &["Ada Lovelace <ada@example.com>"])]);
    owner.import("Mail.mbox", &letter).await;
    let text = "UPDATE bucket SET channel = 'calendar', group_size = 4";
    assert_eq!(fixture.ground.sql(text, &[]).await, 1);
    // It makes her interactions stale.
    edit(&owner, ada, json!({"nickname": "Countess"})).await;
    let told = eventually("they are published", async || {
        let heard = fixture.heard::<InteractionsChanged>().into_iter();
        heard.map(|(_, it)| it).find(|it| it.version == 2)
    })
    .await;
    assert_eq!(told.account_id, AccountId(owner.id.0));
    let wire = serde_json::to_value(&told.buckets[0]).unwrap();
    assert_eq!(
        (&wire["source"], &wire["kind"]),
        (&json!("calendar"), &json!("message"))
    );
    assert_eq!(
        (&wire["sent"], &wire["group_size"]),
        (&json!(1), &json!("large"))
    );
}
