use skeleton_host::http::{Body, Request, Version};
use std::net::SocketAddr;

use crate::support::{World, world, world_with};

fn at(method: &str, path: &str, host: &str) -> Request {
    Request::to(method, path).header("host", host)
}

#[tokio::test]
async fn a_name_that_is_none_of_ours_is_answered_nothing_but_what_to_do() {
    let world = world().await;
    world.sign_in("t");
    // As a page does whose name was made to point here: to the browser it is of the same origin.
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api/v1/people"),
        ("GET", "/api/v1/events"),
        ("GET", "/nothing"),
        ("POST", "/api/v1/accounts"),
        ("POST", "/api/v1/sessions"),
        ("GET", "/operator/v1/services"),
    ] {
        let asked = at(method, path, "rebound.evil.example:8400")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", "kith=t");
        let answer = world.ask(asked).await;
        assert_eq!(answer.status, 421, "{method} {path}");
        assert_eq!(answer.slug(), "misdirected");
        let detail = answer.json()["detail"].to_string();
        assert!(
            detail.contains("rebound.evil.example:8400") && detail.contains("KITH_HOSTS"),
            "{detail}"
        );
        assert_ne!(answer.header("content-security-policy"), "");
    }
}

#[tokio::test]
async fn our_names_this_machine_and_addresses_are_answered() {
    let world = world().await;
    world.sign_in("t");
    let me = |host: &str| at("GET", "/api/v1/me", host).header("authorization", "Bearer t");
    for host in [
        "kith.example",
        "Kith.Example:8443",
        "localhost:8400",
        "127.0.0.1:8400",
        "[::1]:8400",
        "192.168.1.5:8080",
    ] {
        assert_eq!(world.ask(me(host)).await.status, 200, "{host}");
    }
    for host in ["mybox.local:8080", "kith.example.evil.example", "a b"] {
        assert_eq!(world.ask(me(host)).await.status, 421, "{host}");
    }
    let twice = me("kith.example").header("host", "evil.example");
    assert_eq!(world.ask(twice).await.status, 400);
    let of_the_line = at("GET", "http://evil.example/api/v1/me", "kith.example");
    let of_the_line = of_the_line.header("authorization", "Bearer t");
    assert_eq!(world.ask(of_the_line).await.status, 421);
}

#[tokio::test]
async fn what_a_trusted_proxy_was_asked_for_counts() {
    let world = world_with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    world.sign_in("t");
    let forwarded = |host: &str| {
        at("GET", "/api/v1/me", "127.0.0.1:8400")
            .header("authorization", "Bearer t")
            .header("x-forwarded-host", host.to_owned())
    };
    assert_eq!(world.ask(forwarded("kith.example")).await.status, 200);
    assert_eq!(world.ask(forwarded("evil.example")).await.status, 421);
}

#[tokio::test]
async fn services_find_the_public_keys_under_any_name() {
    let world = world().await;
    let keys = at("GET", "/.well-known/jwks.json", "gateway:8400");
    assert_eq!(world.ask(keys).await.status, 200);
}

/// Whether `users` is told that a sign-up proves its address.
async fn is_vouched_for(world: &World, request: Request) -> bool {
    let answer = world.ask_with(request, Body::from("{}")).await;
    assert_eq!(answer.status, 200);
    let scopes = &answer.json()["caller"]["scopes"];
    assert!(scopes.is_null() || scopes == &serde_json::json!(["proven-sign-up"]));
    !scopes.is_null()
}

async fn trusting() -> World {
    world_with(|settings| {
        settings.hosts.clear();
        settings.trusts_local_sign_ups = true;
    })
    .await
}

#[tokio::test]
async fn a_sign_up_proves_its_address_only_on_this_machine_and_not_through_a_proxy() {
    let world = trusting().await;
    let sign_up = || at("POST", "/api/v1/accounts", "127.0.0.1:8400");
    assert!(is_vouched_for(&world, sign_up()).await);
    let by_name = at("POST", "/api/v1/accounts", "localhost:8400")
        .header("origin", "http://localhost:8400")
        .header("sec-fetch-site", "same-origin");
    assert!(is_vouched_for(&world, by_name).await);
    for header in [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-forwarded-port",
        "forwarded",
        "via",
        "x-real-ip",
        "cf-connecting-ip",
        "true-client-ip",
    ] {
        let passed_on = sign_up().header(header, "127.0.0.1");
        assert!(!is_vouched_for(&world, passed_on).await, "{header}");
    }
    let elsewhere: SocketAddr = "192.168.1.9:4000".parse().unwrap();
    let elsewhere = sign_up().from_peer(elsewhere);
    assert!(!is_vouched_for(&world, elsewhere).await);
    let by_address = at("POST", "/api/v1/accounts", "192.168.1.5:8400");
    assert!(!is_vouched_for(&world, by_address).await);
    let mut old = sign_up();
    old.head_mut().version = Version::HTTP_10;
    assert!(!is_vouched_for(&world, old).await);
}

#[tokio::test]
async fn nobody_is_vouched_for_where_a_proxy_or_a_name_is_known() {
    for known in ["a proxy", "a name", "neither, but not wanted"] {
        let world = world_with(|settings| {
            settings.hosts.clear();
            settings.trusts_local_sign_ups = true;
            match known {
                "a proxy" => settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()],
                "a name" => settings.hosts = vec!["kith.example".to_owned()],
                _ => settings.trusts_local_sign_ups = false,
            }
        })
        .await;
        let sign_up = at("POST", "/api/v1/accounts", "localhost:8400");
        assert!(!is_vouched_for(&world, sign_up).await, "{known}");
    }
}

#[tokio::test]
async fn a_session_cannot_vouch_for_anybody() {
    let world = world().await;
    let mut caller = world.sign_in("t");
    caller.scopes = vec!["proven-sign-up".to_owned()];
    let know = |caller| {
        let mut sessions = world.users.sessions.lock().unwrap();
        sessions.insert("t".to_owned(), caller)
    };
    know(caller);
    let sign_up = at("POST", "/api/v1/accounts", "localhost:8400");
    assert!(!is_vouched_for(&world, sign_up.header("authorization", "Bearer t")).await);
    let me = at("GET", "/api/v1/me", "localhost:8400").header("authorization", "Bearer t");
    assert_eq!(
        world.ask(me).await.json()["caller"]["scopes"],
        serde_json::json!([])
    );
}
