//! An import that is stopped at any batch goes on and ends in the same state.

use serde_json::Value;

use skeleton_host::http::Method;

use crate::support::{Fixture, eventually, numbered};

#[tokio::test]
async fn a_stopped_import_goes_on_behind_its_checkpoint() {
    let mut fixture = Fixture::start().await;
    let id = fixture.account("owner@example.net").await.id;
    let client = fixture.client.as_account(id.0);
    let request = client.request(Method::POST, "/api/v1/imports");
    let taken: Value = request
        .file("file", "a.csv", numbered(0, 3_000).as_bytes(), &[])
        .await
        .json();
    let import = taken["id"].as_str().unwrap().to_owned();
    let (mut seen, mut stops) = (0, 0);
    loop {
        // Stop it as soon as it has got on.
        let stopped = eventually("it gets on", async || {
            let now: Value = fixture
                .client
                .as_account(id.0)
                .get(&format!("/api/v1/imports/{import}"))
                .await
                .json();
            let records = now["counts"]["records"].as_u64().unwrap();
            (records > seen || now["stage"] == "applying").then_some(now)
        })
        .await;
        seen = stopped["counts"]["records"].as_u64().unwrap();
        if stopped["stage"] == "applying" {
            assert_eq!(stopped["counts"]["created"], 3_000, "{stopped}");
            break;
        }
        stops += 1;
        let ground = fixture.stop().await;
        fixture = Fixture::start_on(ground, |_| {}).await;
    }
    assert!(stops > 0, "it was never stopped in between");
    let client = fixture.client.as_account(id.0);
    let (mut ordinals, mut cursor) = (0, String::new());
    loop {
        let path = format!("/api/v1/imports/{import}/receipt?limit=200{cursor}");
        let page: Value = client.get(&path).await.json();
        for line in page["items"].as_array().unwrap() {
            assert_eq!(line["label"], format!("Ada No{ordinals}"));
            assert_eq!(line["outcome"], "created");
            ordinals += 1;
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(ordinals, 3_000);
}
