//! Before a service runs: its store is filled from a backup.
//!
//! With `restore = true` a process answers nothing but its operator until its store was restored, by
//! itself or by another replica, and then goes on as without the setting. So no job, no consumer and
//! no request ever works on half a store.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use skeleton_durable::{
    backup::{Backup, RestoreError, lines::Origin},
    commit::CommitError,
};
use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Method, Request, Response, Routes, State, StatusCode, to_bytes},
    problem::{Json, Problem},
};
use tokio::sync::Notify;

use crate::operations::{SCOPE, backup};

/// A store, opened without its service.
#[derive(Clone)]
pub struct Filling {
    /// Takes what was carried away.
    pub backup: Arc<dyn Backup>,
    /// What the service's rows are worthless without, as it is set up here.
    pub secrets: Vec<(&'static str, SecretString)>,
}

/// Opens the store of a service that is set up so.
pub type OpenToFill<S> = fn(S) -> Pin<Box<dyn Future<Output = anyhow::Result<Filling>> + Send>>;

/// The longest body of lines, in bytes.
const LINES_BYTES: usize = 32 << 20;
/// How often is looked whether another replica's store was filled, which is the same.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct App {
    filling: Filling,
    finished: Arc<Notify>,
}

/// `/operator/v1/restore…` of a store.
pub(super) fn routes(filling: &Filling, finished: &Arc<Notify>, tokens: TokenVerifier) -> Routes {
    let app = App {
        filling: filling.clone(),
        finished: finished.clone(),
    };
    let routes = Routes::new()
        .on(Method::GET, "/operator/v1/restore", waiting)
        .on(Method::POST, "/operator/v1/restore/begin", begin)
        .on(Method::POST, "/operator/v1/restore/lines", load)
        .on(Method::POST, "/operator/v1/restore/finish", finish)
        .on(Method::GET, "/operator/v1/backup/lines", lines)
        .with_state(app);
    RequireCaller::new(tokens).scope(SCOPE).guard(routes)
}

/// Waits until the store was restored.
pub(super) async fn restored(filling: &Filling, finished: &Notify) {
    loop {
        match is_restored(filling).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the store does not answer"),
        }
        tokio::select! {
            () = finished.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn is_restored(filling: &Filling) -> Result<bool, CommitError> {
    if filling.backup.is_unfinished().await? {
        return Ok(false);
    }
    Ok(!filling.backup.epoch().await?.is_empty())
}

/// What is waited for.
#[derive(Serialize)]
struct Waiting {
    /// What this service is set up with, by name, to be compared with the archive's.
    secrets: BTreeMap<&'static str, String>,
}

/// `GET /operator/v1/restore`
async fn waiting(State(app): State<App>) -> Json<Waiting> {
    Json(Waiting {
        secrets: backup::shown(&app.filling.secrets),
    })
}

/// `POST /operator/v1/restore/begin`: see [`Backup::begin`].
async fn begin(State(app): State<App>, Json(origin): Json<Origin>) -> Result<StatusCode, Problem> {
    let begun = app.filling.backup.begin(&origin).await;
    begun.map(|()| StatusCode::NO_CONTENT).map_err(problem)
}

/// `POST /operator/v1/restore/lines`: see [`Backup::load`].
async fn load(State(app): State<App>, request: Request) -> Result<StatusCode, Problem> {
    let lines = to_bytes(request.into_body(), LINES_BYTES).await;
    let lines = lines.map_err(|error| Problem::malformed(error.to_string()))?;
    let loaded = app.filling.backup.load(&lines).await;
    loaded.map(|_| StatusCode::NO_CONTENT).map_err(problem)
}

/// Of which restore.
#[derive(Deserialize)]
struct Finish {
    epoch: String,
}

/// `POST /operator/v1/restore/finish`: see [`Backup::finish`]. The service starts then.
async fn finish(State(app): State<App>, Json(wish): Json<Finish>) -> Result<StatusCode, Problem> {
    let finished = app.filling.backup.finish(&wish.epoch).await;
    finished.map_err(problem)?;
    app.finished.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /operator/v1/backup/lines`: what it holds by now.
async fn lines(State(app): State<App>) -> Result<Response, Problem> {
    let lines = app.filling.backup.snapshot().await;
    Ok(backup::answer(
        lines.map_err(|error| problem(error.into()))?,
    ))
}

fn problem(error: RestoreError) -> Problem {
    match error {
        RestoreError::Store(CommitError::Unavailable(reason)) => {
            Problem::unavailable(Duration::from_secs(1)).with_detail(reason)
        }
        RestoreError::Store(other) => Problem::internal(&other),
        refused => Problem::conflict(refused.to_string()),
    }
}
