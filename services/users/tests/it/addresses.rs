use std::time::Duration;

use kith_shared::{events::users::AccountChanged, scopes::PROVEN_SIGN_UP};
use serde_json::{Value, json};
use skeleton_host::{auth::Caller, testing::assert_problem};
use uuid::Uuid;

use crate::world::{PASSWORD, Person, World};

async fn add(person: &Person, kind: &str, value: &str) -> Value {
    let body = json!({"kind": kind, "value": value});
    person
        .client
        .post("/api/v1/me/addresses", &body)
        .await
        .expect_status(201)
        .json()
}

fn verification(address: &Value) -> String {
    format!(
        "/api/v1/me/addresses/{}/verification",
        address["id"].as_str().unwrap()
    )
}

fn resend(address: &Value) -> String {
    format!(
        "/api/v1/me/addresses/{}/verification-mails",
        address["id"].as_str().unwrap()
    )
}

#[tokio::test]
async fn the_code_in_the_mail_proves_the_sign_up_address() {
    let world = World::new().await;
    let ada = world.proven("Ada").await;
    let address = &ada.me().await["addresses"][0];
    assert_eq!(
        (&address["verified"], &address["verified_at"]),
        (&json!(true), &json!("2026-11-22T12:00:00Z"))
    );
    let event = world
        .event::<AccountChanged>(|event| event.version == 2)
        .await;
    assert!(event.addresses[0].verified);
}

#[tokio::test]
async fn where_sign_ups_are_trusted_their_address_is_proven_and_no_mail_is_sent() {
    let world = World::trusting().await;
    let ada = world.sign_up("Ada").await;
    assert_eq!(ada.me().await["addresses"][0]["verified"], true);
    // A further address still needs its code, so that mail is the first there is.
    let address = add(&ada, "email", "ada@example.org").await;
    assert_eq!(address["verified"], false);
    world.code_for("ada@example.org").await;
    assert_eq!(world.mails_to(&ada.email), Vec::<String>::new());
}

#[tokio::test]
async fn an_address_is_proven_where_the_gateway_vouches_for_its_sign_up_and_nobody_else_does() {
    let world = World::new().await;
    for (scope, is_proven) in [
        (PROVEN_SIGN_UP, true),
        ("gateway", false),
        ("operator", false),
    ] {
        let gateway = Caller {
            account: Uuid::nil(),
            session: Uuid::nil(),
            scopes: vec![scope.to_owned()],
        };
        let email = format!("{scope}@example.com");
        let wish = json!({"email": email, "password": PASSWORD, "display_name": "Ada"});
        let vouching = world.client.as_caller(gateway);
        let made: Value = vouching
            .post("/api/v1/accounts", &wish)
            .await
            .expect_status(201)
            .json();
        let ada = world
            .client
            .as_account(made["id"].as_str().unwrap().parse().unwrap());
        let me: Value = ada.get("/api/v1/me").await.json();
        assert_eq!(me["addresses"][0]["verified"], is_proven, "{scope}");
    }
}

#[tokio::test]
async fn wrong_codes_are_counted_and_then_the_right_one_is_no_good() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let code = world.code_for(&ada.email).await;
    let address = ada.me().await["addresses"][0].clone();
    for _ in 0..5 {
        let response = ada
            .client
            .post(&verification(&address), &json!({"code": "WRONGONE"}))
            .await;
        assert_eq!(
            assert_problem(&response, "validation").errors[0].pointer,
            "/code"
        );
    }
    let response = ada
        .client
        .post(&verification(&address), &json!({"code": code}))
        .await;
    assert_problem(&response, "validation");

    world.clock.advance(Duration::from_secs(60));
    ada.client
        .post(&resend(&address), &json!(null))
        .await
        .expect_status(202);
    let code = world.nth_code_for(&ada.email, 2).await;
    let typed = format!("{}-{}", code[..4].to_lowercase(), &code[4..]);
    ada.client
        .post(&verification(&address), &json!({"code": typed}))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn a_code_runs_out_after_a_day() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let code = world.code_for(&ada.email).await;
    let address = ada.me().await["addresses"][0].clone();
    world.advance(24);
    assert_problem(
        &ada.client
            .post(&verification(&address), &json!({"code": code}))
            .await,
        "validation",
    );
}

#[tokio::test]
async fn a_code_is_sent_again_after_a_minute_and_only_where_it_is_of_use() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let address = ada.me().await["addresses"][0].clone();
    let early = ada.client.post(&resend(&address), &json!(null)).await;
    assert_problem(&early, "rate-limited");
    assert_eq!(early.header("retry-after"), "60");
    let phone = add(&ada, "phone", "+49 30 901820").await;
    assert_eq!(
        (&phone["value"], &phone["verified"]),
        (&json!("+4930901820"), &json!(false))
    );
    assert_problem(
        &ada.client.post(&resend(&phone), &json!(null)).await,
        "conflict",
    );
}

#[tokio::test]
async fn an_address_is_proven_by_one_account_only() {
    let world = World::new().await;
    let (ada, grace) = (world.proven("Ada").await, world.proven("Grace").await);
    let (hers, theirs) = (
        add(&ada, "email", "both@example.org").await,
        add(&grace, "email", "both@example.org").await,
    );
    let (first, second) = (
        world.code_for("both@example.org").await,
        world.nth_code_for("both@example.org", 2).await,
    );
    // A code opens only the address that it was made for.
    let crossed = ada
        .client
        .post(&verification(&hers), &json!({"code": second}))
        .await;
    assert_problem(&crossed, "validation");
    ada.client
        .post(&verification(&hers), &json!({"code": first}))
        .await
        .expect_status(200);
    let late = grace
        .client
        .post(&verification(&theirs), &json!({"code": second}))
        .await;
    assert_problem(&late, "conflict");
    let body = json!({"email": "both@example.org", "password": "correct horse battery", "display_name": "X"});
    assert_problem(
        &world.client.post("/api/v1/accounts", &body).await,
        "conflict",
    );
}

#[tokio::test]
async fn an_address_can_go_but_not_the_one_to_sign_in_with() {
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let profile = add(
        &ada,
        "profile",
        "https://www.linkedin.com/in/Ada-Lovelace/?x=1",
    )
    .await;
    assert_eq!(profile["value"], "linkedin.com/in/ada-lovelace");
    let again = json!({"kind": "profile", "value": "linkedin.com/in/ada-lovelace"});
    assert_problem(
        &ada.client.post("/api/v1/me/addresses", &again).await,
        "conflict",
    );
    let path =
        |address: &Value| format!("/api/v1/me/addresses/{}", address["id"].as_str().unwrap());
    ada.client.delete(&path(&profile)).await.expect_status(204);
    assert_problem(&ada.client.delete(&path(&profile)).await, "not-found");
    let first = ada.me().await["addresses"][0].clone();
    assert_problem(&ada.client.delete(&path(&first)).await, "conflict");
    let bad = json!({"kind": "phone", "value": "call me"});
    let response = ada.client.post("/api/v1/me/addresses", &bad).await;
    assert_eq!(
        assert_problem(&response, "validation").errors[0].pointer,
        "/value"
    );
}
