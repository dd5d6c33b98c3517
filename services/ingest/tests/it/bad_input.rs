//! What is no file, and whose it is not.

use std::io::Write as _;

use kith_shared::events::ingest::{ImportChanged, ImportStatus, PersonChanged};
use serde_json::{Value, json};
use skeleton_host::{http::Method, testing::assert_problem};
use uuid::Uuid;

use crate::support::{ADA, Fixture, GRACE, connections, eventually};

#[tokio::test]
async fn what_is_no_file_of_a_known_kind_is_refused_and_not_kept() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let empty = owner.upload("nothing.csv", b"").await;
    assert_eq!(
        assert_problem(&empty, "validation").errors[0].pointer,
        "/file"
    );
    let noise: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let problem = assert_problem(&owner.upload("cat.jpg", noise).await, "unsupported-format");
    let detail = problem.detail.unwrap();
    for part in ["cat.jpg", "LinkedIn", "vCard"] {
        assert!(detail.contains(part), "{detail}");
    }
    let request = owner.client.request(Method::POST, "/api/v1/imports");
    let wrong = request
        .file("file", "a.csv", b"x", &[("format", "excel")])
        .await;
    assert_eq!(
        assert_problem(&wrong, "validation").errors[0].pointer,
        "/format"
    );
    let json = owner
        .client
        .post("/api/v1/imports", &json!({"file": "x"}))
        .await;
    assert_problem(&json, "unsupported-format");
    assert_eq!(owner.get("/imports").await["items"], json!([]));
    assert_eq!(fixture.ground.files().await, 0);
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_while_it_comes_in() {
    let fixture = Fixture::start_with(|settings| settings.file_limit_bytes = 100_000).await;
    let owner = fixture.account("owner@example.net").await;
    let mut long = connections(&[ADA]);
    long.push_str(&format!("{ADA}\n").repeat(2_000));
    let refused = owner.upload("long.csv", long).await;
    assert!(
        assert_problem(&refused, "payload-too-large")
            .detail
            .unwrap()
            .contains("100000")
    );
    assert_eq!(fixture.ground.files().await, 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_fails_and_changes_nothing_else() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let damaged = b"PK\x03\x04 this is no archive after all".to_vec();
    let nothing = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";
    for (name, content) in [
        ("a.zip", damaged),
        ("b.csv", nothing.into()),
        ("bomb.zip", bomb()),
    ] {
        let import = owner.import(name, content).await;
        assert_eq!(import["status"], "failed", "{import}");
        let detail = import["problem"]["detail"].as_str().unwrap();
        assert!(!detail.is_empty());
        assert_eq!(import["counts"]["created"], 0);
        assert_eq!(owner.receipt(&import).await.len(), 0);
    }
    eventually("the failures are published", async || {
        let failed = fixture.heard::<ImportChanged>();
        (failed
            .iter()
            .filter(|(_, it)| it.status == ImportStatus::Failed)
            .count()
            == 3)
            .then_some(())
    })
    .await;
    assert!(fixture.heard::<PersonChanged>().is_empty());
    assert_eq!(fixture.ground.files().await, 0);
}

/// An archive whose Connections.csv inflates two thousandfold.
fn bomb() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("Connections.csv", options).unwrap();
    zip.write_all(connections(&[]).as_bytes()).unwrap();
    let zeroes = vec![b' '; 1 << 20];
    for _ in 0..64 {
        zip.write_all(&zeroes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn bad_rows_are_told_with_place_and_reason_and_the_rest_is_taken() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let cards = "BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEMAIL:ada@example.com\nEND:VCARD\n\
                 BEGIN:VCARD\nVERSION:3.0\nNOTE:nobody\nEND:VCARD\n";
    let import = owner.import("c.vcf", cards).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    assert_eq!(import["counts"]["rejected"], 1, "{import}");
    let id = import["id"].as_str().unwrap();
    let rejected = owner
        .get(&format!("/imports/{id}/receipt?outcome=rejected"))
        .await;
    let line = &rejected["items"][0];
    assert!(
        line["position"].as_str().unwrap().starts_with("card 2"),
        "{line}"
    );
    assert!(
        line["reason"].as_str().unwrap().contains("names nobody"),
        "{line}"
    );
    let wrong = owner
        .client
        .get(&format!("/api/v1/imports/{id}/receipt?outcome=nice"))
        .await;
    assert_eq!(
        assert_problem(&wrong, "validation").errors[0].pointer,
        "/outcome"
    );
}

#[tokio::test]
async fn a_receipt_comes_in_pages() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let rows: Vec<String> = (0..7)
        .map(|n| format!("Ada,No{n},,ada{n}@example.com,,,04 Mar 2021"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let import = owner.import("a.csv", connections(&rows)).await;
    let id = import["id"].as_str().unwrap();
    let (mut labels, mut next) = (Vec::new(), Value::Null);
    loop {
        let cursor = next
            .as_str()
            .map_or_else(String::new, |it| format!("&cursor={it}"));
        let page = owner
            .get(&format!("/imports/{id}/receipt?limit=3{cursor}"))
            .await;
        labels.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["label"].clone()),
        );
        next = page["next"].clone();
        if next.is_null() {
            break;
        }
    }
    assert_eq!(
        labels,
        (0..7)
            .map(|n| json!(format!("Ada No{n}")))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_there() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner.import("a.csv", connections(&[ADA, GRACE])).await;
    let receipt = owner.receipt(&import).await;
    let (id, person, other) = (
        &import["id"],
        &receipt[0]["person_id"],
        &receipt[1]["person_id"],
    );
    let (id, person, other) = (
        id.as_str().unwrap(),
        person.as_str().unwrap(),
        other.as_str().unwrap(),
    );
    let merge = json!({"person_id": other});
    let merged: Value = owner
        .client
        .post(&format!("/api/v1/people/{person}/merges"), &merge)
        .await
        .json();
    let merge_id = merged["merged"][0]["merge_id"].as_str().unwrap();

    let stranger = fixture.account("stranger@example.net").await;
    let theirs = stranger.import("b.csv", connections(&[GRACE])).await;
    let theirs = stranger.receipt(&theirs).await[0]["person_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let requests = [
        (Method::GET, format!("/imports/{id}"), None),
        (Method::GET, format!("/imports/{id}/receipt"), None),
        (Method::GET, format!("/people/{person}"), None),
        (Method::GET, format!("/people/{other}"), None),
        (Method::GET, format!("/people/{person}/records"), None),
        (
            Method::PATCH,
            format!("/people/{person}"),
            Some(json!({"title": "Mine"})),
        ),
        (
            Method::POST,
            format!("/people/{person}/merges"),
            Some(json!({"person_id": theirs})),
        ),
        (
            Method::POST,
            format!("/people/{theirs}/merges"),
            Some(json!({"person_id": person})),
        ),
        (
            Method::DELETE,
            format!("/people/{person}/merges/{merge_id}"),
            None,
        ),
        (Method::GET, format!("/people/{}", Uuid::now_v7()), None),
        (Method::GET, "/people/nonsense".to_owned(), None),
    ];
    for (method, path, body) in requests {
        let request = stranger
            .client
            .request(method.clone(), &format!("/api/v1{path}"));
        let response = match &body {
            Some(body) => request.json(body).await,
            None => request.await,
        };
        assert_eq!(response.status, 404, "{method} {path}: {}", response.text());
        assert_problem(&response, "not-found");
    }
    assert_eq!(
        stranger.get("/imports").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let unchanged = owner.get(&format!("/people/{person}")).await;
    assert_eq!(unchanged["version"], merged["version"]);
}

#[tokio::test]
async fn an_upload_sent_often_under_one_key_is_one_import() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let send = async |content: String| {
        let request = owner.client.request(Method::POST, "/api/v1/imports");
        request
            .header("idempotency-key", "k1")
            .file("file", "a.csv", content.as_bytes(), &[])
            .await
    };
    let (a, b) = tokio::join!(send(connections(&[ADA])), send(connections(&[ADA])));
    let first: Value = a.expect_status(202).json();
    for again in [b, send(connections(&[ADA])).await] {
        assert_eq!(again.expect_status(202).json::<Value>()["id"], first["id"]);
    }
    assert_problem(&send(connections(&[GRACE])).await, "validation");
    assert_eq!(
        owner.get("/imports").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
