//! Nobody's imports hold up anybody else's, and a file gives so much and no more.

use kith_shared::ids::AccountId;
use skeleton_host::testing::assert_problem;

use crate::support::{ADA, Fixture, Owner, connections, eventually, numbered};

const CARD: &str = "BEGIN:VCARD\nFN:Ada\nEND:VCARD\n";

/// Accounts with an import each that takes long, once all of them wait or run.
async fn giants(fixture: &Fixture, count: usize, rows: usize) -> Vec<(Owner, String)> {
    let file = numbered(0, rows);
    let mut giants = Vec::new();
    for n in 0..count {
        let owner = fixture.account(&format!("giant{n}@example.net")).await;
        let import = owner.bring("a.csv", &file).await;
        giants.push((owner, import));
    }
    giants
}

async fn none_has_ended(giants: &[(Owner, String)]) {
    for (owner, import) in giants {
        let now = owner.get(&format!("/imports/{import}")).await;
        let is_read = now["stage"] == "reading" || now["status"] == "queued";
        assert!(is_read, "it ended before the small one: {now}");
    }
}

#[tokio::test]
async fn long_imports_of_two_accounts_do_not_hold_up_a_third() {
    let fixture = Fixture::start_with(|settings| settings.imports_at_once = 1).await;
    let giants = giants(&fixture, 2, 30_000).await;
    for (owner, import) in &giants {
        eventually("it gets on", async || {
            let now = owner.get(&format!("/imports/{import}")).await;
            (now["counts"]["records"].as_u64() > Some(0)).then_some(())
        })
        .await;
    }
    let third = fixture.account("third@example.net").await;
    let import = third.import("a.vcf", CARD).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    none_has_ended(&giants).await;
}

#[tokio::test]
async fn long_imports_of_more_accounts_than_can_be_under_way_make_room() {
    let fixture = Fixture::start_with(|settings| settings.imports_at_once = 1).await;
    // Four can be under way.
    let giants = giants(&fixture, 5, 60_000).await;
    let last = fixture.account("last@example.net").await;
    let import = last.import("a.vcf", CARD).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    none_has_ended(&giants).await;
}

#[tokio::test]
async fn an_import_that_made_room_goes_on_where_it_was() {
    let fixture = Fixture::start_with(|settings| settings.imports_at_once = 1).await;
    let giants = giants(&fixture, 6, 6_000).await;
    for (owner, import) in giants {
        let read = owner.read(&import).await;
        assert_eq!(read["counts"]["created"], 6_000, "{read}");
        let records = owner.receipt(&read).await;
        assert_eq!(records[0]["label"], "Ada No0");
    }
}

#[tokio::test]
async fn hundreds_of_files_of_one_account_hide_nobody_elses() {
    let fixture = Fixture::start().await;
    // Nobody has told of this account yet: its imports wait, a long one before all others.
    let id = AccountId::generate();
    let client = fixture.client.as_account(id.0);
    let many = Owner { id, client };
    let giant = many.bring("a.csv", numbered(0, 60_000)).await;
    for _ in 0..210 {
        many.bring("a.vcf", CARD).await;
    }
    fixture.tell_account(id, 1, &["many@example.net"]).await;
    let other = fixture.account("other@example.net").await;
    let import = other.import("a.vcf", CARD).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    none_has_ended(&[(many, giant)]).await;
}

#[tokio::test]
async fn a_file_of_too_many_records_fails_and_says_how_many_are_taken() {
    let fixture = Fixture::start_with(|settings| settings.limits.max_records = 1_000).await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner.import("a.csv", numbered(0, 1_001)).await;
    assert_eq!(import["status"], "failed", "{import}");
    let detail = import["problem"]["detail"].as_str().unwrap();
    assert!(detail.contains("more than 1000 records"), "{detail}");
    assert_eq!(import["counts"]["records"], 1_000, "{import}");
    let whole = owner.import("b.csv", numbered(0, 1_000)).await;
    assert_eq!(whole["counts"]["unchanged"], 1_000, "{whole}");
}

#[tokio::test]
async fn a_receipt_keeps_a_hundred_thousand_lines_and_counts_on() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let (closed, bad) = (",,,,,,04 Mar 2021", "a,b,c,d,e,f,g,h");
    let mut rows = vec![ADA];
    rows.extend(vec![closed; 99_998]);
    // The hundred-thousandth and the one behind it.
    rows.extend([bad, bad]);
    let import = owner.import("a.csv", connections(&rows)).await;
    assert_eq!(import["counts"]["records"], 100_001, "{import}");
    assert_eq!(import["counts"]["rejected"], 2, "{import}");
    let id = import["id"].as_str().unwrap();
    let page = owner
        .get(&format!("/imports/{id}/receipt?outcome=rejected"))
        .await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
    assert_eq!(page["items"][0]["position"], "line 100001");
    assert_eq!(page["cut"], true);
    assert_eq!(page["counts"]["rejected"], 2);
    let short = owner.import("b.csv", connections(&[ADA])).await;
    let id = short["id"].as_str().unwrap();
    assert_eq!(
        owner.get(&format!("/imports/{id}/receipt")).await["cut"],
        false
    );
    let stranger = fixture.account("stranger@example.net").await;
    let answer = stranger
        .client
        .get(&format!("/api/v1/imports/{id}/receipt"))
        .await;
    assert_problem(&answer, "not-found");
}
