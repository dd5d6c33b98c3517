//! The service at its border: its API and its events, on an embedded store.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use skeleton_durable::{bus::in_process::InProcessBus, clock::SystemClock, contract::eventually};
use skeleton_host::{
    auth::Caller,
    http::Method,
    shutdown::Shutdown,
    testing::{TestClient, assert_problem, verifier_for},
};
use skeleton_service::Context;
use template::wiring;
use uuid::Uuid;

const THINGS: &str = "/api/v1/templates";

struct World {
    client: TestClient,
    shutdown: Shutdown,
    _data: tempfile::TempDir,
}

async fn world() -> World {
    let data = tempfile::tempdir().unwrap();
    let (tokens, signer) = verifier_for(wiring::NAME);
    let shutdown = Shutdown::new();
    let context = Context {
        data: data.path().to_owned(),
        bus: Arc::new(InProcessBus::default()),
        clock: Arc::new(SystemClock),
        tokens,
        shutdown: shutdown.clone(),
    };
    let mut service = wiring::standalone(&context).await.unwrap();
    service.start(&shutdown);
    World {
        client: TestClient::new(service.routes, signer, wiring::NAME),
        shutdown,
        _data: data,
    }
}

#[tokio::test]
async fn a_thing_is_made_found_and_renamed() {
    let world = world().await;
    let ada = world.client.as_account(Uuid::now_v7());
    let made: Value = ada
        .post(THINGS, &json!({"name": " lamp "}))
        .await
        .expect_status(201)
        .json();
    let path = format!("{THINGS}/{}", made["id"].as_str().unwrap());
    let found = ada.get(&path).await.expect_status(200);
    assert_eq!(found.header("etag"), "\"1\"");
    assert_eq!(found.json::<Value>()["name"], "lamp");
    let renamed: Value = ada
        .patch(&path, &json!({"name": "torch"}))
        .await
        .expect_status(200)
        .json();
    assert_eq!(
        (renamed["version"].as_i64(), renamed["name"].as_str()),
        (Some(2), Some("torch"))
    );
    let late = ada
        .request(Method::PATCH, &path)
        .header("if-match", "\"1\"")
        .json(&json!({"name": "x"}));
    assert_problem(&late.await, "version-mismatch");
    world.shutdown.finish(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn nobody_sees_anothers_things() {
    let world = world().await;
    let (ada, bob) = (
        world.client.as_account(Uuid::now_v7()),
        world.client.as_account(Uuid::now_v7()),
    );
    let made: Value = ada.post(THINGS, &json!({"name": "lamp"})).await.json();
    let path = format!("{THINGS}/{}", made["id"].as_str().unwrap());
    assert_problem(&bob.get(&path).await, "not-found");
    assert_problem(
        &bob.patch(&path, &json!({"name": "mine"})).await,
        "not-found",
    );
    assert_eq!(bob.get(THINGS).await.json::<Value>()["items"], json!([]));
    assert_problem(&world.client.get(&path).await, "unauthenticated");
}

#[tokio::test]
async fn a_bad_name_is_refused_with_its_place() {
    let world = world().await;
    let ada = world.client.as_account(Uuid::now_v7());
    let refused = ada.post(THINGS, &json!({"name": " "})).await;
    let problem = assert_problem(&refused, "validation");
    assert!(format!("{problem:?}").contains("/name"), "{problem:?}");
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer() {
    let world = world().await;
    let ada = world.client.as_account(Uuid::now_v7());
    let post = |name: &str| {
        ada.request(Method::POST, THINGS)
            .header("idempotency-key", "k1")
            .json(&json!({"name": name}))
    };
    let (first, at_once) = tokio::join!(post("lamp").into_future(), post("lamp").into_future());
    let first: Value = first.expect_status(201).json();
    for again in [at_once, post("lamp").await] {
        assert_eq!(again.expect_status(201).json::<Value>(), first);
    }
    assert_problem(&post("torch").await, "validation");
    assert_eq!(
        ada.get(THINGS).await.json::<Value>()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = world().await;
    let ada = world.client.as_account(Uuid::now_v7());
    for n in 0..5 {
        ada.post(THINGS, &json!({"name": format!("thing {n}")}))
            .await
            .expect_status(201);
    }
    let first: Value = ada.get(&format!("{THINGS}?limit=3")).await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    let next = first["next"].as_str().unwrap();
    let second: Value = ada
        .get(&format!("{THINGS}?limit=3&cursor={next}"))
        .await
        .json();
    assert_eq!(second["items"].as_array().unwrap().len(), 2);
    assert_eq!(second["next"], Value::Null);
}

#[tokio::test]
async fn events_come_back_through_the_bus_and_are_counted_once() {
    let world = world().await;
    let ada = world.client.as_account(Uuid::now_v7());
    for _ in 0..3 {
        ada.post(THINGS, &json!({"name": "lamp"}))
            .await
            .expect_status(201);
    }
    eventually("three changes", || async {
        let activity: Value = ada.get(&format!("{THINGS}/activity")).await.json();
        activity["changes"] == 3
    })
    .await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_to_the_operator_and_blocks_no_other() {
    let data = tempfile::tempdir().unwrap();
    let (tokens, signer) = verifier_for(wiring::NAME);
    let shutdown = Shutdown::new();
    let context = Context {
        data: data.path().to_owned(),
        bus: Arc::new(InProcessBus::default()),
        clock: Arc::new(SystemClock),
        tokens,
        shutdown: shutdown.clone(),
    };
    let service = wiring::standalone(&context).await.unwrap();
    let service = service.with_operations(&context);
    let client = TestClient::new(service.routes, signer, wiring::NAME);
    let ada = client.as_account(Uuid::now_v7());
    let mut ids = Vec::new();
    for name in ["lamp", "torch"] {
        let made: Value = ada.post(THINGS, &json!({"name": name})).await.json();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let file = data.path().join(wiring::NAME).join("template.sqlite");
    let damage = "UPDATE thing SET name = '' WHERE name = 'lamp'";
    assert_eq!(
        skeleton_durable::contract::sqlite::meddle(&file, damage).await,
        1
    );

    ada.get(&format!("{THINGS}/{}", ids[0]))
        .await
        .expect_status(500);
    ada.get(&format!("{THINGS}/{}", ids[1]))
        .await
        .expect_status(200);
    ada.get("/operator/v1/stored").await.expect_status(403);
    let operator = client.as_caller(Caller {
        account: Uuid::nil(),
        session: Uuid::nil(),
        scopes: vec!["operator".to_owned()],
    });
    let (mut items, mut path) = (Vec::new(), "/operator/v1/stored".to_owned());
    loop {
        let page: Value = operator.get(&path).await.expect_status(200).json();
        items.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => path = format!("/operator/v1/stored?cursor={next}"),
            None => break,
        }
    }
    assert_eq!(items.len(), 1);
    assert_eq!(
        (&items[0]["table"], &items[0]["row"]),
        (&json!("thing"), &json!(ids[0]))
    );
    assert!(items[0]["what"].as_str().unwrap().starts_with("name: "));
}
