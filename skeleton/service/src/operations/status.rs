//! How a service fares: what it needs, what waits, what was put aside, its clock.

use axum::extract::State;
use serde::Serialize;
use skeleton_host::problem::{Json, Problem};
use std::time::Duration;

use super::App;

/// How long a dependency may take to answer.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);
/// Parked events counted at most.
const COUNTED: u32 = 10_000;

#[derive(Serialize)]
pub(super) struct Status {
    name: &'static str,
    /// What it needs, and why not where something does not answer.
    checks: Vec<Check>,
    /// The service's clock, to be compared with others'.
    now: String,
    /// Events that wait to leave; absent where none ever do, or the store does not say.
    outbox: Option<Waiting>,
    /// When the event that waits longest in the inbox was to be handled.
    inbox_due: Option<String>,
    /// Events that were put aside.
    parked: Option<usize>,
    /// Newest migration of each owner of tables.
    migrations: Vec<Migration>,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

#[derive(Serialize)]
struct Waiting {
    waiting: u64,
    oldest: Option<String>,
}

#[derive(Serialize)]
struct Migration {
    table: &'static str,
    newest: &'static str,
}

/// `GET /operator/v1/status`
pub(super) async fn get_status(State(app): State<App>) -> Result<Json<Status>, Problem> {
    let mut checks = Vec::new();
    for (name, ask) in &app.ready {
        let detail = match tokio::time::timeout(CHECK_TIMEOUT, ask()).await {
            Ok(Ok(())) => None,
            Ok(Err(reason)) => Some(reason),
            Err(_) => Some(format!("no answer within {} s", CHECK_TIMEOUT.as_secs())),
        };
        checks.push(Check {
            name,
            ok: detail.is_none(),
            detail,
        });
    }
    let operations = &app.operations;
    // A store that does not answer shows in the checks; what it would have said is left out.
    let (mut outbox, mut inbox_due, mut parked) = (None, None, None);
    if let Some(port) = &operations.outbox {
        outbox = port.status().await.ok().map(|status| Waiting {
            waiting: status.waiting,
            oldest: status.oldest.map(|at| at.to_string()),
        });
    }
    if let Some(port) = &operations.inbox {
        inbox_due = port
            .next_due()
            .await
            .ok()
            .flatten()
            .map(|at| at.to_string());
        parked = port.parked(COUNTED).await.ok().map(|parked| parked.len());
    }
    let migrations = operations
        .migrations
        .iter()
        .filter_map(|owner| {
            let (newest, _) = owner.scripts.last()?;
            Some(Migration {
                table: owner.table,
                newest,
            })
        })
        .collect();
    Ok(Json(Status {
        name: app.name,
        checks,
        now: app.clock.now().to_string(),
        outbox,
        inbox_due,
        parked,
        migrations,
    }))
}
