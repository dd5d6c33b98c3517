use std::{net::SocketAddr, time::Duration};

use axum::extract::ConnectInfo;
use kith_shared::{events::users::AccountChanged, ids::AccountId};
use secrecy::ExposeSecret;

use crate::support::{World, get, world};

fn bearer(world: &World) -> String {
    format!("Bearer {}", world.operator.token().expose_secret())
}

async fn knows_ada(world: &World) -> AccountId {
    let account_id = AccountId::generate();
    world
        .publish(&[AccountChanged {
            account_id,
            version: 1,
            display_name: "Ada Lovelace".to_owned(),
            email: "Ada@example.com".to_owned(),
            time_zone: "UTC".to_owned(),
            region: None,
            addresses: Vec::new(),
        }])
        .await;
    for _ in 0..200 {
        let asked = get("/api/v1/me")
            .header("authorization", bearer(world))
            .header("kith-account", "ada@example.com");
        if world.ask(asked).await.status == 200 {
            return account_id;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the account was never known");
}

#[tokio::test]
async fn the_operator_acts_for_an_account_of_this_machine_without_its_password() {
    let world = world().await;
    let account = knows_ada(&world).await;
    let asked = get("/api/v1/people")
        .header("authorization", bearer(&world))
        .header("kith-account", " ADA@example.com");
    let seen = world.ask(asked).await.json();
    assert_eq!(seen["caller"]["account"], account.to_string());
    assert_eq!(seen["caller"]["scopes"], serde_json::json!([]));
    assert!(seen["headers"]["kith-account"].is_null());
}

#[tokio::test]
async fn the_operators_token_counts_only_directly_from_this_machine() {
    let world = world().await;
    knows_ada(&world).await;
    let asked = || {
        get("/api/v1/people")
            .header("authorization", bearer(&world))
            .header("kith-account", "ada@example.com")
    };
    let elsewhere: SocketAddr = "192.0.2.1:9".parse().unwrap();
    assert_eq!(
        world
            .ask(asked().extension(ConnectInfo(elsewhere)))
            .await
            .status,
        401
    );
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 proxy"),
        ("origin", "http://kith.example"),
        ("sec-fetch-site", "same-origin"),
    ] {
        assert_eq!(
            world.ask(asked().header(name, value)).await.status,
            401,
            "{name}"
        );
    }
    let wrong = get("/api/v1/people")
        .header("authorization", "Bearer operator-guess")
        .header("kith-account", "ada@example.com");
    assert_eq!(world.ask(wrong).await.status, 401);
}

#[tokio::test]
async fn the_operator_must_say_for_whom() {
    let world = world().await;
    let nobody = get("/api/v1/people").header("authorization", bearer(&world));
    assert_eq!(world.ask(nobody).await.status, 400);
    let unknown = get("/api/v1/people")
        .header("authorization", bearer(&world))
        .header("kith-account", "nobody@example.com");
    assert_eq!(world.ask(unknown).await.status, 404);
}
