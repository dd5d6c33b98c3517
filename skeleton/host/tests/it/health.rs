use skeleton_host::health::Health;
use skeleton_host::shutdown::Shutdown;
use skeleton_host::testing::{TestClient, verifier_for};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

fn client(health: &Health) -> TestClient {
    TestClient::new(health.routes(), verifier_for("any").1, "any")
}

#[tokio::test(start_paused = true)]
async fn a_failing_check_makes_it_not_ready_but_alive() {
    let health = Health::new(Shutdown::new());
    health.check("store", async || Ok::<(), String>(()));
    health.check("broker", async || Err("connection refused"));
    health.check("stuck", std::future::pending::<Result<(), String>>);
    health.check("broken", async || -> Result<(), String> { panic!("oh") });
    let answer = client(&health).get("/readyz").await.expect_status(503);
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"ready": false, "checks": [
            {"name": "store", "ok": true},
            {"name": "broker", "ok": false, "detail": "connection refused"},
            {"name": "stuck", "ok": false, "detail": "no answer within 2 s"},
            {"name": "broken", "ok": false, "detail": "the check panicked"},
        ]})
    );
    client(&health).get("/healthz").await.expect_status(200);
}

#[tokio::test]
async fn checks_are_asked_once_for_many_probes_at_the_same_time() {
    let asked = Arc::new(AtomicUsize::new(0));
    let health = Health::new(Shutdown::new());
    let count = asked.clone();
    health.check("store", move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok::<(), String>(()) }
    });
    let client = client(&health);
    let probes = (0..50).map(|_| async { client.get("/readyz").await.expect_status(200) });
    futures::future::join_all(probes).await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn readiness_goes_off_as_soon_as_the_end_is_requested() {
    let shutdown = Shutdown::new();
    let health = Health::new(shutdown.clone());
    client(&health).get("/readyz").await.expect_status(200);
    shutdown.request();
    client(&health).get("/readyz").await.expect_status(503);
    client(&health).get("/healthz").await.expect_status(200);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_keeps_failing_makes_it_not_ready_until_it_recovers() {
    let shutdown = Shutdown::new();
    let health = Health::new(shutdown.clone());
    let works = Arc::new(AtomicBool::new(false));
    let switch = works.clone();
    shutdown.supervise("relay", move |stop| {
        let works = switch.clone();
        async move {
            if works.load(Ordering::SeqCst) {
                stop.cancelled().await;
                return Ok(());
            }
            Err("no broker")
        }
    });
    assert!(comes_to(&health, false).await, "still ready");
    works.store(true, Ordering::SeqCst);
    assert!(comes_to(&health, true).await, "never ready again");
}

/// Lets time pass, ten minutes at most, until readiness is `wanted`.
async fn comes_to(health: &Health, wanted: bool) -> bool {
    for _ in 0..600 {
        if health.readiness().await.ready == wanted {
            return true;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    false
}
