use kith_shared::events::users::{AccountChanged, CircleChanged};
use serde_json::{Value, json};
use skeleton_host::testing::assert_problem;

use crate::world::{PASSWORD, World, email_hash};

#[tokio::test]
async fn a_sign_up_makes_an_account_and_tells_the_others() {
    let world = World::new().await;
    let response = world
        .client
        .post(
            "/api/v1/accounts",
            &json!({"email": " Ada@Example.com", "password": PASSWORD, "display_name": " Ada Lovelace ",
                    "time_zone": "europe/london"}),
        )
        .await
        .expect_status(201);
    assert_eq!(response.header("etag"), "\"1\"");
    let account: Value = response.json();
    assert_eq!(account["email"], "ada@example.com");
    assert_eq!(account["display_name"], "Ada Lovelace");
    assert_eq!(account["time_zone"], "Europe/London");
    assert_eq!(account["region"], Value::Null);
    assert_eq!(account["created_at"], "2026-11-22T12:00:00Z");

    let event = world
        .event::<AccountChanged>(|event| event.version == 1)
        .await;
    assert_eq!(
        event.account_id.to_string(),
        account["id"].as_str().unwrap()
    );
    assert_eq!(event.addresses[0].key.0, email_hash("ada@example.com"));
    assert_eq!(event.addresses[0].email.as_deref(), Some("ada@example.com"));
    assert!(!event.addresses[0].verified);
}

#[tokio::test]
async fn an_address_is_taken_once_in_whatever_spelling() {
    let world = World::new().await;
    world.sign_up("Ada").await;
    let again = json!({"email": "ADA@example.com", "password": PASSWORD, "display_name": "Ada"});
    assert_problem(
        &world.client.post("/api/v1/accounts", &again).await,
        "conflict",
    );
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let world = World::new().await;
    let body =
        json!({"email": "ada", "password": "short", "display_name": " ", "time_zone": "Mars/Base"});
    let problem = assert_problem(
        &world.client.post("/api/v1/accounts", &body).await,
        "validation",
    );
    let pointers: Vec<&str> = problem
        .errors
        .iter()
        .map(|error| error.pointer.as_str())
        .collect();
    assert_eq!(
        pointers,
        ["/email", "/password", "/display_name", "/time_zone"]
    );

    let body = json!({"email": "adalovelace@example.com", "password": "AdaLovelace@example.com", "display_name": "Ada"});
    let problem = assert_problem(
        &world.client.post("/api/v1/accounts", &body).await,
        "validation",
    );
    assert_eq!(problem.errors[0].pointer, "/password");
    let body =
        json!({"email": "a@example.com", "password": PASSWORD, "display_name": "A", "admin": true});
    assert_problem(
        &world.client.post("/api/v1/accounts", &body).await,
        "validation",
    );
}

#[tokio::test]
async fn a_sign_up_sent_often_under_one_key_is_one_account() {
    let world = World::new().await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "display_name": "Ada"});
    let send = |body: Value| {
        let client = world.client.clone();
        async move {
            client
                .post("/api/v1/accounts", &body)
                .header("idempotency-key", "k1")
                .await
        }
    };
    let (a, b, c) = tokio::join!(send(body.clone()), send(body.clone()), send(body.clone()));
    let first: Value = a.expect_status(201).json();
    for again in [b, c, send(body).await] {
        assert_eq!(again.expect_status(201).json::<Value>(), first);
    }
    let other = json!({"email": "ada@example.com", "password": PASSWORD, "display_name": "Grace"});
    assert_problem(&send(other).await, "validation");
    let stranger =
        json!({"email": "grace@example.com", "password": PASSWORD, "display_name": "Grace"});
    send(stranger).await.expect_status(201);
}

#[tokio::test]
async fn two_sign_ups_at_once_with_one_address_make_one_account() {
    let world = World::new().await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "display_name": "Ada"});
    let (a, b) = tokio::join!(
        world.client.post("/api/v1/accounts", &body).into_future(),
        world.client.post("/api/v1/accounts", &body).into_future()
    );
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test]
async fn an_edit_changes_what_was_given_and_rises_the_version() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let circle = ada.circle("Analysts").await;
    let edit = json!({"display_name": "Countess", "time_zone": "Europe/Berlin", "region": "de"});
    let response = ada
        .client
        .patch("/api/v1/me", &edit)
        .await
        .expect_status(200);
    assert_eq!(response.header("etag"), "\"2\"");
    let me = ada.me().await;
    assert_eq!(
        (&me["display_name"], &me["region"]),
        (&json!("Countess"), &json!("DE"))
    );

    let event = world
        .event::<AccountChanged>(|event| event.version == 2)
        .await;
    assert_eq!(event.time_zone, "Europe/Berlin");
    let told = world
        .event::<CircleChanged>(|event| event.circle_id.to_string() == circle && event.version == 2)
        .await;
    assert_eq!(told.members[0].display_name, "Countess");

    ada.client
        .patch("/api/v1/me", &json!({"region": null}))
        .await
        .expect_status(200);
    assert_eq!(ada.me().await["region"], Value::Null);
    let bad = ada
        .client
        .patch("/api/v1/me", &json!({"time_zone": "Nowhere"}))
        .await;
    assert_eq!(
        assert_problem(&bad, "validation").errors[0].pointer,
        "/time_zone"
    );
}

#[tokio::test]
async fn an_edit_of_an_older_version_is_refused() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let edit = |tag: &'static str| {
        ada.client
            .patch("/api/v1/me", &json!({"display_name": "A"}))
            .header("if-match", tag)
    };
    edit("\"1\"").await.expect_status(200);
    assert_problem(&edit("\"1\"").await, "version-mismatch");
    edit("\"2\"").await.expect_status(200);
}
