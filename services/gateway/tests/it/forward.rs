use secrecy::ExposeSecret;
use skeleton_host::auth::Caller;
use skeleton_host::http::{Body, Method};
use uuid::Uuid;

use crate::support::{get, request, world};

#[tokio::test]
async fn a_service_sees_the_gateways_word_for_the_caller_and_nothing_of_the_callers_own() {
    let world = world().await;
    let caller = world.sign_in("t");
    let asked = get("/api/v1/people?q=a%20b&limit=3")
        .header("cookie", "kith=t; other=1")
        .header("x-forwarded-for", "198.51.100.1")
        .header("forwarded", "for=198.51.100.1")
        .header("x-real-ip", "198.51.100.1")
        .header("kith-account", "ada@example.com")
        .header("user-agent", "a browser");
    let answer = world.ask(asked).await;
    let seen = answer.json();
    assert_eq!(seen["service"], "search");
    assert_eq!(seen["query"], "q=a%20b&limit=3");
    assert_eq!(seen["caller"]["account"], caller.account.to_string());
    assert_eq!(seen["caller"]["session"], caller.session.to_string());
    for hidden in [
        "cookie",
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "kith-account",
        "host",
    ] {
        assert!(seen["headers"][hidden].is_null(), "{hidden}");
    }
    assert_eq!(seen["headers"]["user-agent"], "a browser");
    assert_eq!(answer.header("set-cookie"), "", "a service sets no cookies");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_token_for_a_service_opens_nothing_from_outside() {
    let world = world().await;
    let forged = Caller {
        account: Uuid::now_v7(),
        session: Uuid::now_v7(),
        scopes: vec!["gateway".to_owned()],
    };
    for audience in ["users", "search", "gateway"] {
        let token = world.signer.sign(&forged, audience);
        let bearer = format!("Bearer {}", token.expose_secret());
        for path in ["/api/v1/people", "/api/v1/me", "/api/v1/events"] {
            let answer = world.ask(get(path).header("authorization", &bearer)).await;
            assert_eq!(answer.status, 401, "{path} with a token for {audience}");
        }
    }
    // On a public route it is not passed on either.
    let token = world.signer.sign(&forged, "users");
    let bearer = format!("Bearer {}", token.expose_secret());
    let answer = world
        .ask(request("POST", "/api/v1/accounts").header("authorization", bearer))
        .await;
    assert_eq!(answer.status, 200);
    assert!(answer.json()["caller"].is_null());
    assert!(answer.json()["headers"]["authorization"].is_null());
}

#[tokio::test]
async fn nothing_internal_is_reachable_however_it_is_spelt() {
    let world = world().await;
    world.sign_in("t");
    for path in [
        "/internal",
        "/internal/sessions/check",
        "/INTERNAL/sessions/check",
        "//internal/sessions/check",
        "/api/v1/../../internal/sessions/check",
        "/api/v1/me/../../../internal/sessions/check",
        "/api/v1/me/%2e%2e/%2E%2e/%2e%2e/internal/sessions/check",
        "/api/v1/me/..%2f..%2f..%2finternal/sessions/check",
        "/api/v1/internal/sessions/check",
        "/api/v1/sessions/check",
    ] {
        for method in ["GET", "POST"] {
            let asked = request(method, path)
                .header("authorization", "Bearer t")
                .header("accept", "text/html");
            let answer = world.ask_with(asked, Body::from(r#"{"token":"t"}"#)).await;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!text.contains("session_id"), "{method} {path}: {text}");
            // What is forwarded arrives under the same path, and never under /internal.
            if answer.status == 200 && answer.header("content-type") == "application/json" {
                let arrived = answer.json()["path"].as_str().unwrap().to_owned();
                assert_eq!(arrived, "/api/v1/sessions/check", "{method} {path}");
            }
        }
    }
    let checks = world.checks();
    let direct = request("POST", "/internal/sessions/check").header("authorization", "Bearer t");
    assert_eq!(
        world
            .ask_with(direct, Body::from(r#"{"token":"t"}"#))
            .await
            .status,
        404
    );
    assert_eq!(world.checks(), checks);
}

#[tokio::test]
async fn what_the_table_does_not_name_is_not_there() {
    let world = world().await;
    world.sign_in("t");
    for (method, path, status) in [
        ("GET", "/api/v1/unknown", 404),
        ("GET", "/api/v2/people", 404),
        ("GET", "/api", 404),
        ("DELETE", "/api/v1/people", 405),
        ("POST", "/api/v1/openapi.json", 405),
        ("POST", "/somewhere", 404),
    ] {
        let asked = request(method, path).header("authorization", "Bearer t");
        let answer = world.ask(asked.header("accept", "text/html")).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[tokio::test]
async fn every_method_of_a_route_is_passed_on() {
    let world = world().await;
    world.sign_in("t");
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH] {
        let asked = request(method.as_str(), "/api/v1/reminders/7");
        let answer = world.ask(asked.header("authorization", "Bearer t")).await;
        assert_eq!(answer.json()["service"], "notifications", "{method}");
    }
}

#[tokio::test]
async fn an_upload_streams_through_whatever_its_size() {
    let world = world().await;
    world.sign_in("t");
    let chunk = bytes_of(64 * 1024);
    let count = 200;
    let stream =
        futures::stream::iter((0..count).map(move |_| Ok::<_, std::io::Error>(chunk.clone())));
    let upload = request("POST", "/api/v1/imports").header("authorization", "Bearer t");
    let answer = world.ask_with(upload, Body::from_stream(stream)).await;
    assert_eq!(answer.json()["bytes"], count * 64 * 1024);
}

fn bytes_of(length: usize) -> Vec<u8> {
    vec![7; length]
}

#[tokio::test]
async fn the_document_and_its_page_are_open_to_all() {
    let world = world().await;
    let document = world.ask(get("/api/v1/openapi.json")).await;
    assert_eq!(document.json()["openapi"], "3.1.0");
    let page = world.ask(get("/api/v1/docs")).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert_eq!(
        world
            .ask(get("/api/v1/docs/style.css"))
            .await
            .header("content-type"),
        "text/css"
    );
}
