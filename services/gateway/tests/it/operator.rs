use std::{net::SocketAddr, time::Duration};

use kith_gateway::Operator;
use kith_shared::{events::users::AccountChanged, ids::AccountId};
use secrecy::{ExposeSecret, SecretString};
use skeleton_host::http::Request;
use uuid::Uuid;

use crate::support::{World, get, request, world};

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
    assert_eq!(world.ask(asked().from_peer(elsewhere)).await.status, 401);
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

fn operating(world: &World, method: &str, path: &str) -> Request {
    request(method, path).header("authorization", bearer(world))
}

#[tokio::test]
async fn the_operator_is_passed_on_to_a_service_under_a_scope_of_its_own() {
    let world = world().await;
    let path = "/operator/v1/services/search/parked/7?limit=3";
    let seen = world.ask(operating(&world, "GET", path)).await.json();
    assert_eq!(seen["service"], "search");
    assert_eq!(seen["path"], "/operator/v1/parked/7");
    assert_eq!(seen["query"], "limit=3");
    let caller = &seen["caller"];
    assert_eq!(caller["scopes"], serde_json::json!(["operator"]));
    assert_eq!(caller["account"], Uuid::nil().to_string());
    assert_eq!(caller["session"], Uuid::nil().to_string());
    // Its own operations are reached like any service's.
    let own = operating(&world, "GET", "/operator/v1/services/gateway/parked");
    assert_eq!(world.ask(own).await.json()["items"], serde_json::json!([]));
}

#[tokio::test]
async fn what_is_for_the_operator_is_for_nobody_else() {
    let world = world().await;
    world.sign_in("t");
    let elsewhere: SocketAddr = "192.0.2.1:9".parse().unwrap();
    for path in [
        "/operator/v1/services",
        "/operator/v1/services/users/parked",
        "/operator/v1/services/gateway/status",
        "/operator/v1/services/nobody/status",
    ] {
        for asked in [
            get(path),
            get(path).header("authorization", "Bearer t"),
            get(path).header("authorization", "Bearer operator-guess"),
            operating(&world, "GET", path).from_peer(elsewhere),
            operating(&world, "GET", path).header("x-forwarded-for", "127.0.0.1"),
            operating(&world, "GET", path).header("origin", "http://kith.example"),
        ] {
            let answer = world.ask(asked).await;
            assert_eq!(answer.status, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn a_session_with_a_scope_that_is_the_gateways_to_give_does_not_keep_it() {
    let world = world().await;
    let mut caller = world.sign_in("t");
    caller.scopes = vec![
        "operator".to_owned(),
        "gateway".to_owned(),
        "more".to_owned(),
    ];
    let know = |caller| {
        world
            .users
            .sessions
            .lock()
            .unwrap()
            .insert("t".to_owned(), caller)
    };
    know(caller);
    let asked = get("/api/v1/people").header("authorization", "Bearer t");
    let seen = world.ask(asked).await.json();
    assert_eq!(seen["caller"]["scopes"], serde_json::json!(["more"]));
}

#[tokio::test]
async fn services_are_listed_and_no_path_leads_beside_them() {
    let world = world().await;
    let listed = operating(&world, "GET", "/operator/v1/services");
    let listed = world.ask(listed).await.json();
    let names: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|service| service["name"].as_str().unwrap())
        .collect();
    let expected = [
        "gateway",
        "ingest",
        "network",
        "notifications",
        "search",
        "users",
    ];
    assert_eq!(names, expected);
    assert_eq!(listed["items"][0]["ready"], true);
    for (path, status) in [
        ("/operator/v1/services/nobody/status", 404),
        (
            "/operator/v1/services/users/../../../internal/sessions/check",
            400,
        ),
        ("/operator/v1/services/users/%2e%2e/x", 400),
        ("/operator/v1/services/users%2Fx/status", 400),
    ] {
        let answer = world.ask(operating(&world, "GET", path)).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[test]
fn replicas_with_one_secret_have_one_operator() {
    let secret = SecretString::from("a secret of more than 32 characters");
    let token = Operator::from_secret(&secret)
        .token()
        .expose_secret()
        .to_owned();
    assert_eq!(token, "operator-a secret of more than 32 characters");
    let again = SecretString::from(token.clone());
    assert_eq!(Operator::from_secret(&again).token().expose_secret(), token);
}
