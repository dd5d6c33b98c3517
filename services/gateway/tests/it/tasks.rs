//! The operator's regular tasks: who does them, and what they came to.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use skeleton_host::http::Body;
use uuid::Uuid;

use crate::support::{Answer, World, get, request, world};

const HOUR: Duration = Duration::from_secs(3_600);

async fn operate(world: &World, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", world.operator.token().expose_secret());
    let asked = request(method, &format!("/operator/v1/{path}"))
        .header("authorization", bearer)
        .header("content-type", "application/json");
    world.ask_with(asked, Body::from(body.to_string())).await
}

async fn lease(world: &World, holder: Uuid, seconds: u64) -> Value {
    let wish = json!({ "holder": holder, "seconds": seconds });
    operate(world, "POST", "tasks/lease", &wish).await.json()
}

#[tokio::test]
async fn of_several_one_has_the_lease_until_it_gives_it_up() {
    let world = world().await;
    let (ada, bob) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(lease(&world, ada, 60).await["held"], true);
    assert_eq!(lease(&world, bob, 60).await["held"], false);
    assert_eq!(lease(&world, ada, 60).await["held"], true, "prolonged");
    lease(&world, ada, 0).await;
    assert_eq!(lease(&world, bob, 60).await["held"], true);
}

#[tokio::test]
async fn whoever_has_the_lease_learns_since_when_the_clock_runs_without_a_leap() {
    let world = world().await;
    let ada = Uuid::now_v7();
    let first = lease(&world, ada, 60).await;
    assert_eq!(first["steady_since"], "2026-11-22T12:00:00Z");
    world.clock.advance(24 * 30 * HOUR);
    let month = lease(&world, ada, 60).await;
    assert_eq!(month["steady_since"], first["steady_since"]);
    world.clock.advance(24 * 365 * HOUR);
    let year = lease(&world, ada, 60).await;
    assert_eq!(year["steady_since"], year["now"]);
}

#[tokio::test]
async fn the_last_word_on_a_task_is_kept_and_bounded() {
    let world = world().await;
    let word = json!({
        "tried_at": "2026-11-22T12:00:00Z", "due_at": "2026-11-22T13:00:00Z",
        "succeeded_at": "2026-11-22T12:00:00Z", "archive": "kith-20261122T120000Z.tar.zst", "bytes": 7,
    });
    let kept = operate(&world, "PUT", "tasks/backup", &word).await;
    assert_eq!(kept.status, 204);
    let listed = operate(&world, "GET", "tasks", &Value::Null).await.json();
    assert_eq!(listed["items"][0]["name"], "backup");
    assert_eq!(listed["items"][0]["archive"], word["archive"]);
    let mut long = word.clone();
    long["failure"] = json!("x".repeat(2_001));
    for (path, body) in [
        ("tasks/backup", &long),
        ("tasks/BACKUP", &word),
        ("tasks/backup", &json!({})),
    ] {
        let refused = operate(&world, "PUT", path, body).await;
        assert!((400..500).contains(&refused.status), "{path}: {refused:?}");
    }
}

#[tokio::test]
async fn nobody_else_sees_or_does_any_of_it() {
    let world = world().await;
    world.sign_in("t");
    for (method, path) in [
        ("GET", "tasks"),
        ("PUT", "tasks/backup"),
        ("POST", "tasks/lease"),
        ("PUT", "epoch"),
    ] {
        let asked = request(method, &format!("/operator/v1/{path}"));
        let answer = world.ask(asked.header("authorization", "Bearer t")).await;
        assert_eq!(answer.status, 401, "{method} {path}");
    }
    assert_eq!(world.ask(get("/operator/v1/tasks")).await.status, 401);
}
