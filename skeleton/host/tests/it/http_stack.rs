use skeleton_host::auth::RequireCaller;
use skeleton_host::health::Health;
use skeleton_host::http::{HttpSettings, Method, Routes, Stack};
use skeleton_host::shutdown::Shutdown;
use skeleton_host::telemetry::{current_traceparent, install_metrics, render_metrics};
use skeleton_host::testing::{TestClient, assert_problem, verifier_for};
use std::time::Duration;
use uuid::Uuid;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn client(service: &'static str) -> TestClient {
    let slow = async || {
        tokio::time::sleep(Duration::from_secs(20)).await;
        "done"
    };
    let routes = Routes::new()
        .on(Method::GET, "/things/{id}", async || "a thing")
        .on(Method::GET, "/trace", async || {
            current_traceparent().unwrap_or_default()
        })
        .on(Method::GET, "/slow", slow)
        .on(Method::GET, "/upload", slow)
        .on(Method::GET, "/healthz", async || "ok");
    let settings = HttpSettings {
        timeout: Duration::from_secs(10),
        ..HttpSettings::default()
    };
    let routes = Stack::new(service, &settings)
        .without_timeout("/upload")
        .apply(routes);
    TestClient::new(routes, verifier_for(service).1, service)
}

#[tokio::test]
async fn a_request_keeps_its_id_or_gets_one() {
    let answer = client("a")
        .get("/things/1")
        .header("x-request-id", "from-outside")
        .await;
    assert_eq!(answer.header("x-request-id"), "from-outside");
    let one = client("a")
        .get("/things/1")
        .await
        .header("x-request-id")
        .to_owned();
    let two = client("a")
        .get("/things/1")
        .await
        .header("x-request-id")
        .to_owned();
    assert!(one.len() == 36 && one != two, "{one} {two}");
    let long = "x".repeat(129);
    for bad in ["with space", "", long.as_str()] {
        let answer = client("a")
            .get("/things/1")
            .header("x-request-id", bad)
            .await;
        assert_eq!(answer.header("x-request-id").len(), 36, "{bad:?}");
    }
}

#[tokio::test]
async fn metrics_count_by_route_template_and_never_by_path() {
    install_metrics();
    let client = client("counted");
    for path in ["/things/1", "/things/2", "/nothing/here", "/healthz"] {
        client.get(path).await;
    }
    client
        .request(Method::from_bytes(b"BREW").unwrap(), "/things/3")
        .await;
    let text = render_metrics();
    let counts: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("http_requests_total") && line.contains("\"counted\""))
        .collect();
    let count = |wanted: &[&str]| {
        counts
            .iter()
            .filter(|line| wanted.iter().all(|part| line.contains(part)))
            .count()
    };
    assert_eq!(counts.len(), 3, "{counts:#?}");
    assert_eq!(
        count(&["route=\"/things/{id}\"", "status=\"200\"", "} 2"]),
        1,
        "{counts:#?}"
    );
    assert_eq!(
        count(&["route=\"unmatched\"", "status=\"404\"", "} 1"]),
        1,
        "{counts:#?}"
    );
    assert_eq!(
        count(&["method=\"other\"", "status=\"405\"", "} 1"]),
        1,
        "{counts:#?}"
    );
    assert!(
        text.contains("http_request_duration_seconds_bucket{service=\"counted\""),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_is_unavailable_unless_its_route_may() {
    let answer = client("a").get("/slow").await.expect_status(503);
    assert_problem(&answer, "unavailable");
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(
        client("a").get("/upload").await.expect_status(200).text(),
        "done"
    );
}

#[tokio::test]
async fn the_trace_of_the_request_reaches_the_handler() {
    let answer = client("a").get("/trace").header("traceparent", TRACE).await;
    assert_eq!(answer.text(), TRACE);
    assert_eq!(
        client("a")
            .get("/trace")
            .header("traceparent", "nonsense")
            .await
            .text(),
        ""
    );
}

#[tokio::test]
async fn a_service_is_probes_beside_guarded_routes() {
    let (verifier, signer) = verifier_for("whole");
    let api = Routes::new().on(Method::GET, "/api/things", async || "things");
    let routes = Health::new(Shutdown::new())
        .routes()
        .merge(RequireCaller::new(verifier).guard(api));
    let routes = Stack::new("whole", &HttpSettings::default()).apply(routes);
    let client = TestClient::new(routes, signer, "whole");
    for probe in ["/healthz", "/readyz", "/metrics"] {
        client.get(probe).await.expect_status(200);
    }
    assert_problem(&client.get("/api/things").await, "unauthenticated");
    assert_problem(&client.delete("/api/things").await, "unauthenticated");
    assert_problem(&client.get("/api/nothing").await, "not-found");
    let ada = client.as_account(Uuid::from_u128(1));
    ada.get("/api/things").await.expect_status(200);
    let refused = ada.delete("/api/things").await;
    assert_problem(&refused, "method-not-allowed");
    assert_eq!(refused.header("allow"), "GET,HEAD");
}
