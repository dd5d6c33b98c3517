//! What touches the whole process, in a process of its own: the export of traces, and signals.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use bytes::Bytes;
use secrecy::ExposeSecret;
use skeleton_host::auth::RequireCaller;
use skeleton_host::http::{
    HttpSettings, Method, Request, Routes, ServeSettings, Stack, serve, to_bytes,
};
use skeleton_host::shutdown::Shutdown;
use skeleton_host::telemetry::{TelemetrySettings, current_traceparent, init, is_traceparent};
use skeleton_host::testing::{TestClient, verifier_for};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;
use uuid::Uuid;

/// Serves a collector and hands over what it is sent.
async fn collector() -> (Url, mpsc::Receiver<Bytes>) {
    let (tell, told) = mpsc::channel(16);
    let routes = Routes::new().on(Method::POST, "/v1/traces", async move |request: Request| {
        let body = to_bytes(request.into_body(), 1 << 20).await.unwrap();
        tell.send(body).await.unwrap();
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        serve(
            routes,
            listener,
            &Shutdown::new(),
            &ServeSettings::default(),
        )
        .await;
    });
    (
        Url::parse(&format!("http://{address}/v1/traces")).unwrap(),
        told,
    )
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_reach_the_collector_in_the_trace_of_the_request_and_without_secrets() {
    let (endpoint, mut told) = collector().await;
    let settings = TelemetrySettings {
        otlp_endpoint: Some(endpoint),
        ..Default::default()
    };
    let guard = init(&settings, "traced").unwrap();

    let (verifier, signer) = verifier_for("traced");
    let routes = Routes::new().on(Method::GET, "/things/{id}", async || {
        current_traceparent().unwrap_or_default()
    });
    let routes = RequireCaller::new(verifier).guard(routes);
    let routes = Stack::new("traced", &HttpSettings::default()).apply(routes);
    let client = TestClient::new(routes, signer.clone(), "traced").as_account(Uuid::from_u128(7));
    let seen = client
        .get("/things/1?query=hidden-query")
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .header("cookie", "session=hidden-cookie")
        .await
        .text();
    assert!(is_traceparent(&seen), "{seen:?}");
    assert!(
        seen.contains("4bf92f3577b34da6a3ce929d0e0e4736"),
        "the same trace: {seen}"
    );
    assert!(
        !seen.contains("00f067aa0ba902b7"),
        "a span of our own: {seen}"
    );

    // The end of the process sends what is left.
    tokio::task::spawn_blocking(move || drop(guard))
        .await
        .unwrap();
    let exported = told.recv().await.unwrap();
    let trace = hex::decode("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    assert!(contains(&exported, &trace));
    assert!(contains(&exported, b"/things/{id}") && contains(&exported, b"traced"));
    for hidden in ["hidden-query", "hidden-cookie", "Bearer", "eyJ"] {
        assert!(
            !contains(&exported, hidden.as_bytes()),
            "{hidden} was exported"
        );
    }
    let caller = skeleton_host::auth::Caller {
        account: Uuid::from_u128(7),
        session: Uuid::from_u128(7),
        scopes: Vec::new(),
    };
    assert!(
        signer
            .sign(&caller, "traced")
            .expose_secret()
            .starts_with("eyJ"),
        "as looked for"
    );
}

#[tokio::test]
async fn a_signal_requests_the_end() {
    let shutdown = Shutdown::new();
    shutdown.on_signals().unwrap();
    let process = std::process::id().to_string();
    let sent = tokio::process::Command::new("kill")
        .args(["-TERM", &process])
        .status()
        .await;
    assert!(sent.unwrap().success());
    shutdown.requested().await;
}
