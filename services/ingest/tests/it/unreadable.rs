//! Rows that cannot be read: an error to whoever needs them, found by the operator, nobody else's
//! affair.

use kith_shared::events::ingest::{InteractionsChanged, PersonChanged};
use serde_json::{Value, json};
use skeleton_durable::{Event, contract::reconcile::told_again};
use uuid::Uuid;

use crate::{
    mail::{ME, mbox},
    support::{ADA, Fixture, GRACE, Owner, connections, eventually},
};

const MARY: &str =
    "Mary,Somerville,https://www.linkedin.com/in/mary,mary@example.com,Acme,,04 Mar 2021";

/// Two persons of one book.
async fn two(fixture: &Fixture) -> (Owner, Uuid, Uuid) {
    let owner = fixture.account(ME).await;
    let import = owner.import("a.csv", connections(&[ADA, GRACE])).await;
    let receipt = owner.receipt(&import).await;
    let id = |at: usize| receipt[at]["person_id"].as_str().unwrap().parse().unwrap();
    (owner, id(0), id(1))
}

async fn break_record_of(fixture: &Fixture, person: Uuid) {
    let text = "UPDATE record SET said = '{\"contact\":{\"name\":[]}}' WHERE home = {id}";
    assert_eq!(fixture.ground.sql(text, &[person]).await, 1);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_closes_its_person_and_no_other() {
    let fixture = Fixture::start().await;
    let (owner, ada, grace) = two(&fixture).await;
    break_record_of(&fixture, ada).await;
    let status = async |path: String| owner.client.get(&path).await.status;
    assert_eq!(status(format!("/api/v1/people/{ada}")).await, 500);
    assert_eq!(status(format!("/api/v1/people/{grace}")).await, 200);
    // What she was said to be is still there to be seen.
    let records = owner.get(&format!("/people/{ada}/records")).await;
    assert!(
        records["items"][0]["raw"]
            .as_str()
            .unwrap()
            .contains("ada@example.com")
    );

    let path = format!("/api/v1/people/{ada}");
    let edited = owner
        .client
        .patch(&path, &json!({"nickname": "Countess"}))
        .await;
    edited.expect_status(500);
    let path = format!("/api/v1/people/{grace}/merges");
    let merged = owner.client.post(&path, &json!({"person_id": ada})).await;
    merged.expect_status(500);
    let kept = "SELECT said FROM record WHERE source = 'you'";
    assert_eq!(fixture.ground.texts(kept).await, [""; 0]);
}

#[tokio::test]
async fn an_import_takes_everybody_but_whom_it_cannot_read() {
    let fixture = Fixture::start().await;
    let (owner, ada, _) = two(&fixture).await;
    break_record_of(&fixture, ada).await;
    let people = connections(&[&ADA.replace("Programmer", "Countess"), MARY]);
    let import = owner.import("b.csv", people).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    let receipt = owner.receipt(&import).await;
    assert_eq!(receipt[0]["outcome"], "rejected");
    assert_eq!(receipt[0]["person_id"], json!(ada));
    let reason = receipt[0]["reason"].as_str().unwrap();
    assert!(reason.contains("kith doctor"), "{reason}");
    assert_eq!(receipt[1]["outcome"], "created");

    let letters = mbox(&[
        (
            1,
            ME,
            &["Ada Lovelace <ada@example.com>", "New <new@example.com>"],
        ),
        (2, "Ada Lovelace <ada@example.com>", &[ME]),
    ]);
    let import = owner.import("Mail.mbox", &letters).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    // Her letters count, and nobody else becomes her.
    let all = "SELECT display_name FROM person ORDER BY display_name";
    let names = ["Ada Lovelace", "Grace Hopper", "Mary Somerville", "New"];
    assert_eq!(fixture.ground.texts(all).await, names);
    eventually("her interactions are published", async || {
        let heard = fixture.heard::<InteractionsChanged>();
        let hers = heard.iter().any(|(_, it)| it.person_id.0 == ada);
        hers.then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_others_are_told_again() {
    let fixture = Fixture::start().await;
    let (_, ada, grace) = two(&fixture).await;
    break_record_of(&fixture, ada).await;
    let (current, _) = fixture.told_again_and_held();
    let told = told_again(current.as_ref(), PersonChanged::TYPE, 10).await;
    let subjects: Vec<&str> = told.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!(subjects, [grace.to_string()]);
}

#[tokio::test]
async fn an_account_that_cannot_be_read_does_not_hold_up_the_others() {
    let fixture = Fixture::start().await;
    let (broken, well) = (
        fixture.account("one@example.net").await,
        fixture.account("two@example.net").await,
    );
    // The account arrives before it is broken.
    broken.import("a.csv", connections(&[GRACE])).await;
    let text = "UPDATE account SET emails = '{}' WHERE id = {id}";
    assert_eq!(fixture.ground.sql(text, &[broken.id.0]).await, 1);
    let taken: Value = broken.upload("b.csv", connections(&[ADA])).await.json();
    let import = well.import("c.csv", connections(&[ADA])).await;
    assert_eq!(import["counts"]["created"], 1);
    let waits = broken
        .get(&format!("/imports/{}", taken["id"].as_str().unwrap()))
        .await;
    assert_eq!(waits["status"], "queued");
    // Once it is mended its import is read.
    fixture
        .ground
        .sql("UPDATE account SET emails = '[]'", &[])
        .await;
    let read = broken.read(taken["id"].as_str().unwrap()).await;
    assert_eq!(read["counts"]["created"], 1, "{read}");
}

#[tokio::test]
async fn counts_that_cannot_be_read_do_not_hold_up_other_accounts() {
    let fixture = Fixture::start().await;
    // Accounts are looked at in the order of their ids, which rise.
    let (broken, well) = (
        fixture.account("one@example.net").await,
        fixture.account("two@example.net").await,
    );
    let mut people = Vec::new();
    for (owner, me) in [(&broken, "one@example.net"), (&well, "two@example.net")] {
        let letter = mbox(&[(1, me, &["Ada Lovelace <ada@example.com>"])]);
        let import = owner.import("Mail.mbox", &letter).await;
        let receipt = owner.receipt(&import).await;
        people.push(receipt[0]["person_id"].as_str().unwrap().to_owned());
    }
    let text = "UPDATE bucket SET month = 9000000000000 WHERE account = {id}";
    assert_eq!(fixture.ground.sql(text, &[broken.id.0]).await, 1);
    // The other channel is news of the one who is well.
    let text = "UPDATE bucket SET channel = 'linkedin' WHERE account = {id}";
    assert_eq!(fixture.ground.sql(text, &[well.id.0]).await, 1);
    for (owner, person) in [(&broken, &people[0]), (&well, &people[1])] {
        let path = format!("/api/v1/people/{person}");
        let edited = owner
            .client
            .patch(&path, &json!({"nickname": "Countess"}))
            .await;
        edited.expect_status(200);
    }
    eventually("the others' are published", async || {
        let heard = fixture.heard::<InteractionsChanged>();
        let theirs = heard.iter().filter(|(_, it)| it.account_id == well.id);
        theirs.map(|(_, it)| it.version).max().filter(|it| *it > 1)
    })
    .await;
    let theirs = fixture.heard::<InteractionsChanged>();
    let theirs = theirs.iter().filter(|(_, it)| it.account_id == broken.id);
    assert_eq!(theirs.map(|(_, it)| it.version).max(), Some(1));
}

#[tokio::test]
async fn the_operator_is_told_which_row_and_what_was_expected() {
    let fixture = Fixture::start().await;
    let (owner, ada, grace) = two(&fixture).await;
    let letter = mbox(&[(1, ME, &["Ada Lovelace <ada@example.com>"])]);
    owner.import("Mail.mbox", &letter).await;
    assert_eq!(fixture.unreadable().await, []);
    let path = format!("/api/v1/people/{ada}/merges");
    let merged = owner.client.post(&path, &json!({"person_id": grace})).await;
    merged.expect_status(200);
    for (text, table, what) in [
        ("UPDATE account SET keys = '{}'", "account", "keys: "),
        (
            "UPDATE account SET keys = '[]', emails = '7'",
            "account",
            "emails: ",
        ),
        (
            "UPDATE import SET bytes_done = -1 WHERE format = 'mbox'",
            "import",
            "bytes_done: expected a number from 0",
        ),
        (
            "UPDATE import SET bytes_done = 0, created_at = 9223372036854775807 WHERE format = 'mbox'",
            "import",
            "created_at: expected microseconds since 1970",
        ),
        (
            "UPDATE import SET created_at = 0, applied_by_search = 7 WHERE format = 'mbox'",
            "import",
            "applied_by_search: expected 0 or 1, found 7",
        ),
        (
            "UPDATE import SET applied_by_search = 0, started_at = NULL WHERE format = 'mbox'",
            "import",
            "started_at: expected a value, since status is applying",
        ),
        (
            "UPDATE person SET merge_id = NULL WHERE merge_by = 'you'",
            "person",
            "merge_id: expected a value, since merged_into has one",
        ),
        (
            "UPDATE record SET keys = '{}' WHERE source = 'mail'",
            "record",
            "keys: ",
        ),
        (
            "UPDATE record SET keys = '[]', said = '{' WHERE source = 'mail'",
            "record",
            "said: ",
        ),
        (
            "UPDATE correspondent SET written_to = 4294967296",
            "correspondent",
            "written_to: expected a number from 0",
        ),
        (
            "UPDATE bucket SET month = 9000000000000",
            "bucket",
            "month: expected a day",
        ),
        (
            "UPDATE bucket SET month = 0, group_size = 256",
            "bucket",
            "group_size: expected a number from 0",
        ),
        (
            "UPDATE bucket SET group_size = 0, sent = -1",
            "bucket",
            "sent: expected a number from 0",
        ),
    ] {
        assert_eq!(fixture.ground.sql(text, &[]).await, 1, "{text}");
        let found = fixture.unreadable().await;
        let found: Vec<_> = found.iter().filter(|it| it.table == table).collect();
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].what.starts_with(what), "{text}: {}", found[0]);
        assert!(
            !found[0].row.is_empty() && !found[0].row.contains('?'),
            "{}",
            found[0]
        );
    }
}
