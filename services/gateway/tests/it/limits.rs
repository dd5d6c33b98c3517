use std::net::SocketAddr;

use skeleton_host::http::Request;

use crate::support::{get, request, world_with};

fn from(address: &str, request: Request) -> Request {
    let peer: SocketAddr = address.parse().unwrap();
    request.from_peer(peer)
}

#[tokio::test]
async fn an_account_that_asks_too_often_is_told_when_to_come_back_and_others_are_served() {
    let world = world_with(|settings| settings.limits.account_per_minute = 3).await;
    world.sign_in("busy");
    world.sign_in("calm");
    let ask = |token: &str| get("/api/v1/me").header("authorization", format!("Bearer {token}"));
    let first = world.ask(ask("busy")).await;
    assert_eq!(first.header("ratelimit-policy"), "\"account\";q=3;w=60");
    assert!(first.header("ratelimit").starts_with("\"account\";r=2;"));
    for _ in 0..2 {
        assert_eq!(world.ask(ask("busy")).await.status, 200);
    }
    let refused = world.ask(ask("busy")).await;
    assert_eq!(
        (refused.status, refused.slug().as_str()),
        (429, "rate-limited")
    );
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(refused.header("ratelimit").starts_with("\"account\";r=0;"));
    assert_eq!(world.ask(ask("calm")).await.status, 200);
}

#[tokio::test]
async fn sign_ins_are_counted_by_address_and_more_strictly() {
    let world = world_with(|settings| settings.limits.sign_ins_per_minute = 2).await;
    let sign_in = |from_where| from(from_where, request("POST", "/api/v1/sessions"));
    for path in ["/api/v1/sessions", "/api/v1/accounts"] {
        let asked = from("203.0.113.1:1", request("POST", path));
        assert!(world.ask(asked).await.status < 300, "{path}");
    }
    assert_eq!(world.ask(sign_in("203.0.113.1:2")).await.status, 429);
    assert_eq!(world.ask(sign_in("203.0.113.2:1")).await.status, 201);
    // What a stranger says of its address changes nothing.
    let disguised = sign_in("203.0.113.1:3").header("x-forwarded-for", "198.51.100.9");
    assert_eq!(world.ask(disguised).await.status, 429);
}

#[tokio::test]
async fn guessing_tokens_is_limited_by_address() {
    let world = world_with(|settings| settings.limits.address_per_minute = 4).await;
    let guess = || {
        from(
            "203.0.113.1:1",
            get("/api/v1/me").header("authorization", "Bearer no"),
        )
    };
    for _ in 0..4 {
        assert_eq!(world.ask(guess()).await.status, 401);
    }
    assert_eq!(world.ask(guess()).await.status, 429);
    assert_eq!(world.checks(), 4);
}
