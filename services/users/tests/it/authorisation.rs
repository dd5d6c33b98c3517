//! Who may do what: the matrix comes from the mounted routes, and state counts as much as identity.

use serde_json::{Value, json};
use skeleton_host::{http::Method, testing::assert_problem};

use crate::world::World;

/// Every published operation.
fn operations(openapi: &Value) -> Vec<(Method, String)> {
    let paths = openapi["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| (method.to_uppercase().parse().unwrap(), path.clone()))
    });
    each.collect()
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_but_to_sign_up_and_sign_in() {
    let world = World::new().await;
    for (method, path) in operations(&world.openapi) {
        let open = method == Method::POST
            && matches!(path.as_str(), "/api/v1/accounts" | "/api/v1/sessions");
        let path = path.replace("{id}", &uuid::Uuid::nil().to_string());
        let path = path.replace("{invitation}", &uuid::Uuid::nil().to_string());
        let response = world
            .client
            .request(method.clone(), &path)
            .json(&json!({}))
            .await;
        let refused = response.status == 401;
        assert_eq!(refused, !open, "{method} {path}: {}", response.text());
    }
}

#[tokio::test]
async fn everything_of_another_account_is_not_there() {
    let world = World::trusting().await;
    let (ada, grace, mallory) = (
        world.sign_up("Ada").await,
        world.sign_up("Grace").await,
        world.sign_up("Mallory").await,
    );
    let circle = ada.circle("Analysts").await;
    let invitation = ada.invite(&circle, &grace.email).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let address = ada.me().await["addresses"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .sign_in(&ada.email, crate::world::PASSWORD)
        .await
        .expect_status(201);
    let sessions: Value = ada.client.get("/api/v1/sessions").await.json();
    let session = sessions["items"][0]["id"].as_str().unwrap().to_owned();

    let mut tried = 0;
    for (method, route) in operations(&world.openapi) {
        if !route.contains('{') {
            continue;
        }
        let id = match route.as_str() {
            r if r.starts_with("/api/v1/sessions") => &session,
            r if r.starts_with("/api/v1/me/addresses") => &address,
            r if r.starts_with("/api/v1/circles") => &circle,
            r if r.starts_with("/api/v1/invitations") => &invitation,
            other => panic!("say whose {other} is"),
        };
        let body = match route.rsplit('/').next().unwrap() {
            "verification" => Some(json!({"code": "ABCD2345"})),
            "invitations" => Some(json!({"email": "x@example.com"})),
            "membership" if method == Method::PATCH => Some(json!({"sharing": "name"})),
            "acceptance" => Some(json!({"sharing": "name"})),
            _ => None,
        };
        let path = route
            .replace("{id}", id)
            .replace("{invitation}", &invitation);
        let response = mallory.send(method.clone(), &path, body).await;
        assert_eq!(response.status, 404, "{method} {path}: {}", response.text());
        assert_problem(&response, "not-found");
        tried += 1;
    }
    assert_eq!(tried, 11, "every route with an id is tried");
    assert_eq!(ada.me().await["addresses"][0]["verified"], true);
}

#[tokio::test]
async fn who_is_only_invited_can_do_nothing_in_the_circle() {
    let world = World::trusting().await;
    let (ada, grace) = (world.sign_up("Ada").await, world.sign_up("Grace").await);
    let circle = ada.circle("Analysts").await;
    let invitation = ada.invite(&circle, &grace.email).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let base = format!("/api/v1/circles/{circle}");
    let tries = [
        (Method::GET, base.clone(), None),
        (
            Method::PATCH,
            format!("{base}/membership"),
            Some(json!({"sharing": "name"})),
        ),
        (Method::DELETE, format!("{base}/membership"), None),
        (
            Method::POST,
            format!("{base}/invitations"),
            Some(json!({"email": "m@example.com"})),
        ),
        (
            Method::DELETE,
            format!("{base}/invitations/{invitation}"),
            None,
        ),
    ];
    for (method, path, body) in tries.clone() {
        assert_problem(&grace.send(method, &path, body).await, "not-found");
    }
    let list: Value = grace.client.get("/api/v1/circles").await.json();
    assert_eq!(list["items"], json!([]));

    // Nor can who has left, and what they had invited is taken back.
    let accept = format!("/api/v1/invitations/{invitation}/acceptance");
    grace
        .client
        .post(&accept, &json!({"sharing": "name"}))
        .await
        .expect_status(200);
    let mary = world.sign_up("Mary").await;
    let theirs = grace.invite(&circle, &mary.email).await;
    grace.leave(&circle).await.expect_status(204);
    for (method, path, body) in tries {
        assert_problem(&grace.send(method, &path, body).await, "not-found");
    }
    assert_problem(&mary.accept(&theirs, "name").await, "conflict");
}

#[tokio::test]
async fn an_invitation_of_one_circle_is_not_withdrawn_through_another() {
    let world = World::trusting().await;
    let (ada, mallory) = (world.sign_up("Ada").await, world.sign_up("Mallory").await);
    let circle = ada.circle("Analysts").await;
    let invitation = ada.invite(&circle, "grace@example.com").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let own = mallory.circle("Mine").await;
    let response = mallory
        .client
        .delete(&format!("/api/v1/circles/{own}/invitations/{invitation}"))
        .await;
    assert_problem(&response, "not-found");
}
