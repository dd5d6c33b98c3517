//! A service's store as lines: what a backup is made of. See [`skeleton_durable::backup`].

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use skeleton_durable::backup::Lines;
use skeleton_host::{
    http::{Body, HeaderValue, IntoResponse, Response, State, StatusCode, header},
    problem::{Json, Problem},
};
use uuid::Uuid;

use super::{App, problem};

/// The longest that events are held back at a request's wish.
const LONGEST_HOLD: u64 = 300;

/// What there is to be carried away.
#[derive(Serialize)]
pub(super) struct Carried {
    /// Whether there are lines; what a service holds may all be rebuilt from others' events.
    lines: bool,
    /// What rows were made with and are worthless without, by name.
    secrets: BTreeMap<&'static str, String>,
}

/// `GET /operator/v1/backup`
pub(super) async fn carried(State(app): State<App>) -> Json<Carried> {
    Json(Carried {
        lines: app.operations.backup.is_some(),
        secrets: shown(&app.operations.secrets),
    })
}

/// Secrets as an operator is told them.
pub(crate) fn shown(secrets: &[(&'static str, SecretString)]) -> BTreeMap<&'static str, String> {
    let secrets = secrets.iter();
    secrets
        .map(|(name, secret)| (*name, secret.expose_secret().to_owned()))
        .collect()
}

/// `GET /operator/v1/backup/lines`: answered once the snapshot is open; read as long as it takes.
pub(super) async fn lines(State(app): State<App>) -> Result<Response, Problem> {
    let backup = app.operations.backup.as_ref();
    let backup = backup.ok_or_else(|| Problem::not_found("store to be carried away"))?;
    Ok(answer(backup.snapshot().await.map_err(problem)?))
}

/// Lines as they come.
pub(crate) fn answer(lines: Lines) -> Response {
    let mut response = Body::from_stream(lines).into_response();
    let kind = HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// For how long.
#[derive(Deserialize)]
pub(super) struct Hold {
    /// Which backup.
    id: Uuid,
    seconds: u64,
}

/// How long events that are on their way to the bus are waited for, and how often is looked.
const IN_HAND: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// `POST /operator/v1/backup/hold`: events wait in the outbox, so that no other service is told what
/// a snapshot that is opened meanwhile does not know. Zero seconds end it.
pub(super) async fn hold(
    State(app): State<App>,
    Json(hold): Json<Hold>,
) -> Result<StatusCode, Problem> {
    if let Some(outbox) = &app.operations.outbox {
        let time = Duration::from_secs(hold.seconds.min(LONGEST_HOLD));
        outbox.hold_back(hold.id, time).await.map_err(problem)?;
        let began = Instant::now();
        // What a relay took before is delivered or back before anybody looks.
        while !time.is_zero() && outbox.in_hand().await.map_err(problem)? > 0 {
            if began.elapsed() > IN_HAND {
                let detail = "events are on their way to the bus and do not arrive";
                return Err(Problem::unavailable(Duration::from_secs(5)).with_detail(detail));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
