use kith_shared::{events::users::CircleChanged, ids::AccountId, sharing::Sharing};
use serde_json::{Value, json};
use skeleton_host::testing::assert_problem;

use crate::world::World;

#[tokio::test]
async fn a_founder_is_the_first_member_and_shows_nothing() {
    let world = World::trusting().await;
    let ada = world.sign_up("Ada").await;
    let body = json!({"name": "Analysts"});
    let send = || {
        ada.client
            .post("/api/v1/circles", &body)
            .header("idempotency-key", "once")
    };
    let (first, at_once) = tokio::join!(send().into_future(), send().into_future());
    let circle: Value = first.expect_status(201).json();
    assert_eq!(at_once.expect_status(201).json::<Value>(), circle);
    assert_eq!(send().await.expect_status(201).json::<Value>(), circle);
    assert_eq!(
        circle["members"],
        json!([{"account_id": ada.id, "display_name": "Ada", "email": "ada@example.com",
                "status": "active", "sharing": "hidden", "me": true}])
    );
    let list: Value = ada.client.get("/api/v1/circles").await.json();
    assert_eq!(list["items"], json!([circle]));
    let event = world
        .event::<CircleChanged>(|event| event.version == 1)
        .await;
    assert_eq!(event.members[0].sharing, Sharing::Hidden);
    assert_problem(
        &ada.client
            .post("/api/v1/circles", &json!({"name": ""}))
            .await,
        "validation",
    );
}

#[tokio::test]
async fn a_member_changes_only_what_it_shows_itself() {
    let world = World::trusting().await;
    let (ada, grace) = (world.sign_up("Ada").await, world.sign_up("Grace").await);
    let id = ada.circle("Analysts").await;
    let invitation = ada.invite(&id, &grace.email).await;
    grace.accept(&invitation, "name").await.expect_status(200);
    let path = format!("/api/v1/circles/{id}/membership");
    let person = uuid::Uuid::now_v7();
    let edit = json!({"sharing": "organisation",
        "exceptions": [{"tag": "private", "sharing": "hidden"}, {"person_id": person, "sharing": "name"}]});
    let response = ada
        .client
        .patch(&path, &edit)
        .header("if-match", "\"2\"")
        .await
        .expect_status(200);
    assert_eq!(response.header("etag"), "\"3\"");
    let circle: Value = response.json();
    assert_eq!(circle["exceptions"], edit["exceptions"]);
    let stale = ada
        .client
        .patch(&path, &edit)
        .header("if-match", "\"2\"")
        .await;
    assert_problem(&stale, "version-mismatch");

    let seen: Value = grace
        .client
        .get(&format!("/api/v1/circles/{id}"))
        .await
        .json();
    assert_eq!(
        seen["exceptions"],
        json!([]),
        "others' exceptions are nobody's business"
    );
    let event = world
        .event::<CircleChanged>(|event| event.version == 3)
        .await;
    let of = |id| {
        event
            .members
            .iter()
            .find(|member| member.account_id == AccountId(id))
            .unwrap()
    };
    assert_eq!(
        (of(ada.id).sharing, of(grace.id).sharing),
        (Sharing::Organisation, Sharing::Name)
    );
    assert_eq!(of(ada.id).exceptions.len(), 2);
}

#[tokio::test]
async fn an_exception_is_about_a_person_or_a_tag() {
    let world = World::trusting().await;
    let ada = world.sign_up("Ada").await;
    let path = format!(
        "/api/v1/circles/{}/membership",
        ada.circle("Analysts").await
    );
    let edit = json!({"exceptions": [{"sharing": "name"}, {"tag": " ", "sharing": "name"}]});
    let problem = assert_problem(&ada.client.patch(&path, &edit).await, "validation");
    let pointers: Vec<&str> = problem
        .errors
        .iter()
        .map(|error| error.pointer.as_str())
        .collect();
    assert_eq!(pointers, ["/exceptions/0", "/exceptions/1/tag"]);
    let many: Vec<Value> = (0..501)
        .map(|n| json!({"tag": format!("t{n}"), "sharing": "name"}))
        .collect();
    assert_problem(
        &ada.client.patch(&path, &json!({"exceptions": many})).await,
        "validation",
    );
}

#[tokio::test]
async fn the_last_one_to_leave_dissolves_the_circle_and_its_name() {
    let world = World::trusting().await;
    let (ada, grace) = (world.sign_up("Ada").await, world.sign_up("Grace").await);
    let id = ada.circle("Analysts").await;
    let invitation = ada.invite(&id, &grace.email).await;
    ada.leave(&id).await.expect_status(204);
    assert_problem(
        &ada.client.get(&format!("/api/v1/circles/{id}")).await,
        "not-found",
    );
    let event = world
        .event::<CircleChanged>(|event| event.members.is_empty())
        .await;
    assert_eq!((event.version, event.name.as_str()), (2, ""));
    let late = grace.accept(&invitation, "name").await;
    assert_problem(&late, "conflict");
}
