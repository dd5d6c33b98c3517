use serde_json::{Value, json};
use skeleton_host::{auth::Caller, testing::assert_problem};
use uuid::Uuid;

use crate::world::{PASSWORD, World, time};

async fn token(world: &World, email: &str) -> String {
    let answer: Value = world
        .sign_in(email, PASSWORD)
        .await
        .expect_status(201)
        .json();
    answer["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_sign_in_gives_a_token_that_names_the_account() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let answer: Value = world
        .sign_in("ADA@example.com", PASSWORD)
        .await
        .expect_status(201)
        .json();
    assert_eq!(answer["account"]["id"], json!(ada.id));
    assert_eq!(answer["expires_at"], "2026-12-22T12:00:00Z");
    let checked: Value = world.check(answer["token"].as_str().unwrap()).await.json();
    assert_eq!(checked["account_id"], json!(ada.id));
    assert_eq!(checked["scopes"], json!([]));
    assert_problem(&world.check("no-such-token").await, "not-found");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let world = World::new().await;
    world.sign_up("Ada").await;
    let wrong = world
        .sign_in("ada@example.com", "wrong horse battery")
        .await;
    let unknown = world
        .sign_in("nobody@example.com", "wrong horse battery")
        .await;
    assert_eq!(
        assert_problem(&wrong, "unauthenticated"),
        assert_problem(&unknown, "unauthenticated")
    );
}

#[tokio::test]
async fn a_session_slides_with_use_and_ends_without() {
    let world = World::new().await;
    world.sign_up("Ada").await;
    let (used, idle) = (
        token(&world, "ada@example.com").await,
        token(&world, "ada@example.com").await,
    );
    world.advance(20 * 24);
    let checked: Value = world.check(&used).await.json();
    assert_eq!(
        time(&checked["expires_at"]),
        "2027-01-11T12:00:00Z".parse().unwrap()
    );
    world.advance(20 * 24);
    assert_eq!(world.check(&used).await.status, 200);
    assert_problem(&world.check(&idle).await, "not-found");
}

#[tokio::test]
async fn a_revoked_session_opens_nothing() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let (here, there) = (
        token(&world, "ada@example.com").await,
        token(&world, "ada@example.com").await,
    );
    let session =
        |checked: Value| -> Uuid { checked["session_id"].as_str().unwrap().parse().unwrap() };
    let here_id = session(world.check(&here).await.json());
    let there_id = session(world.check(&there).await.json());
    let client = world.client.as_caller(Caller {
        account: ada.id,
        session: here_id,
        scopes: Vec::new(),
    });

    let list: Value = client.get("/api/v1/sessions").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    for item in list["items"].as_array().unwrap() {
        assert_eq!(item["current"], json!(item["id"] == json!(here_id)));
        assert_eq!(item["user_agent"], "Test Browser 1.0");
    }
    client
        .delete(&format!("/api/v1/sessions/{there_id}"))
        .await
        .expect_status(204);
    assert_problem(&world.check(&there).await, "not-found");
    client.delete("/api/v1/sessions").await.expect_status(204);
    assert_problem(&world.check(&here).await, "not-found");
    assert_problem(&client.delete("/api/v1/sessions").await, "not-found");
}

#[tokio::test]
async fn only_the_gateway_may_ask_whose_a_token_is() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let token = token(&world, "ada@example.com").await;
    let body = json!({"token": token});
    assert_problem(
        &ada.client.post("/internal/sessions/check", &body).await,
        "forbidden",
    );
    assert_problem(
        &world.client.post("/internal/sessions/check", &body).await,
        "unauthenticated",
    );
    assert!(
        world.openapi["paths"]
            .get("/internal/sessions/check")
            .is_none()
    );
}

#[tokio::test]
async fn sessions_come_in_pages() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    for _ in 0..3 {
        token(&world, "ada@example.com").await;
    }
    let first: Value = ada.client.get("/api/v1/sessions?limit=2").await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let rest: Value = ada
        .client
        .get(&format!("/api/v1/sessions?limit=2&cursor={next}"))
        .await
        .json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);
}
