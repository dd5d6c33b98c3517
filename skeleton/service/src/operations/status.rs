//! How a service fares: what it needs, what waits, what was put aside, its clock.

use serde::Serialize;
use skeleton_host::{
    health::CheckResult,
    http::State,
    problem::{Json, Problem},
};

use super::App;

#[derive(Serialize)]
pub(super) struct Status {
    name: &'static str,
    /// What it needs, and why not where something does not answer.
    checks: Vec<CheckResult>,
    /// The service's clock, to be compared with others'.
    now: String,
    /// Events that wait to leave; absent where none ever do, or the store does not say.
    outbox: Option<Waiting>,
    /// When the event that waits longest in the inbox was to be handled.
    inbox_due: Option<String>,
    /// Events that were put aside.
    parked: Option<u64>,
    /// Newest migration of each owner of tables.
    migrations: Vec<Migration>,
    /// The restore that its store comes from; absent where there was none.
    epoch: Option<String>,
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
        parked = port.count_parked().await.ok();
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
    let mut epoch = None;
    if let Some(backup) = &operations.backup {
        epoch = backup.epoch().await.ok().filter(|epoch| !epoch.is_empty());
    }
    Ok(Json(Status {
        name: app.name,
        checks: app.health.readiness().await.checks,
        now: app.clock.now().to_string(),
        outbox,
        inbox_due,
        parked,
        migrations,
        epoch,
    }))
}
