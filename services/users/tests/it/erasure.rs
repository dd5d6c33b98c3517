use kith_shared::{
    events::users::{CircleChanged, ErasureRequested},
    ids::AccountId,
};
use serde_json::{Value, json};
use skeleton_host::testing::assert_problem;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn an_erased_account_is_gone_and_the_others_are_asked_to_erase_it() {
    let world = World::trusting().await;
    let (ada, grace) = (world.sign_up("Ada").await, world.sign_up("Grace").await);
    let signed_in: Value = world.sign_in(&ada.email, PASSWORD).await.json();
    let circle = ada.circle("Analysts").await;
    let invitation = ada.invite(&circle, &grace.email).await;
    grace.accept(&invitation, "name").await.expect_status(200);
    ada.invite(&circle, "mary@example.com").await;

    let erase = |password: &str| {
        ada.client
            .delete("/api/v1/me")
            .json(&json!({"password": password}))
    };
    assert_problem(&erase("wrong horse battery").await, "forbidden");
    erase(PASSWORD).await.expect_status(204);

    let event = world.event::<ErasureRequested>(|_| true).await;
    assert_eq!((event.account_id, event.version), (AccountId(ada.id), 2));
    assert_problem(&ada.client.get("/api/v1/me").await, "not-found");
    assert_problem(
        &world.sign_in(&ada.email, PASSWORD).await,
        "unauthenticated",
    );
    assert_problem(
        &world.check(signed_in["token"].as_str().unwrap()).await,
        "not-found",
    );
    let left: Value = grace
        .client
        .get(&format!("/api/v1/circles/{circle}"))
        .await
        .json();
    assert_eq!(left["members"].as_array().unwrap().len(), 1);
    assert_eq!(left["invitations"], json!([]));
    world
        .event::<CircleChanged>(|event| event.version == 3 && event.members.len() == 1)
        .await;
    // The address is free again.
    world.sign_up("Ada").await;
}

#[tokio::test]
async fn the_fictional_accounts_go_with_the_account_they_were_made_for() {
    let world = World::trusting().await;
    let ada = world.sign_up("Ada").await;
    let sample: Value = ada
        .client
        .post("/api/v1/sample-network", &json!(null))
        .await
        .expect_status(202)
        .json();
    ada.client
        .delete("/api/v1/me")
        .json(&json!({"password": PASSWORD}))
        .await
        .expect_status(204);
    for account in sample["accounts"].as_array().unwrap() {
        let id = account["id"].as_str().unwrap();
        world
            .event::<ErasureRequested>(|event| event.account_id.to_string() == id)
            .await;
    }
}

#[tokio::test]
async fn guessing_the_password_to_erase_is_held_back() {
    let world = World::trusting().await;
    let ada = world.sign_up("Ada").await;
    let guess = || {
        ada.client
            .delete("/api/v1/me")
            .json(&json!({"password": "wrong horse battery"}))
    };
    for _ in 0..5 {
        assert_problem(&guess().await, "forbidden");
    }
    assert_problem(&guess().await, "rate-limited");
}
