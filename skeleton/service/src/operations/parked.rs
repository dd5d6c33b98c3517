//! Events that were put aside: seen, changed, handled again, given up.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use skeleton_durable::{Envelope, EventId, inbox::Parked};
use skeleton_host::{
    http::{State, StatusCode},
    pages::{Page, Pages},
    problem::{Json, Path, Problem},
};
use std::sync::Arc;
use uuid::Uuid;

use super::{App, problem};
use skeleton_durable::inbox::Inbox;

#[derive(Serialize)]
pub(super) struct Item {
    id: Uuid,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    account: Option<Uuid>,
    time: String,
    attempts: u32,
    reason: String,
}

#[derive(Serialize)]
pub(super) struct Whole {
    attempts: u32,
    reason: String,
    event: Envelope,
}

/// With which data an event is to be handled again: its own where none is given.
#[derive(Deserialize, Default)]
pub(super) struct Edit {
    data: Option<Box<RawValue>>,
}

/// `GET /operator/v1/parked`
pub(super) async fn list(
    State(app): State<App>,
    pages: Pages,
) -> Result<Json<Page<Item>>, Problem> {
    let (after, limit) = (pages.after()?.map(EventId), pages.limit());
    let parked = match &app.operations.inbox {
        // One more tells whether there is a next page.
        Some(inbox) => inbox
            .parked(after, limit as u32 + 1)
            .await
            .map_err(problem)?,
        None => Vec::new(),
    };
    let page = pages.cut(parked, |last| last.event.id.0);
    Ok(Json(page.map(|parked| Item {
        id: parked.event.id.0,
        kind: parked.event.kind,
        subject: parked.event.subject,
        account: parked.event.account,
        time: parked.event.time.to_string(),
        attempts: parked.attempts,
        reason: parked.reason,
    })))
}

/// `GET /operator/v1/parked/{id}`
pub(super) async fn show(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<Whole>, Problem> {
    let found = find(&app, EventId(id)).await?;
    Ok(Json(Whole {
        attempts: found.attempts,
        reason: found.reason,
        event: found.event,
    }))
}

/// `POST /operator/v1/parked/{id}/replay`
pub(super) async fn replay(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(edit): Json<Edit>,
) -> Result<StatusCode, Problem> {
    let id = EventId(id);
    let edited = match edit.data {
        None => None,
        Some(data) => Some(Envelope {
            data,
            ..find(&app, id).await?.event
        }),
    };
    let there = inbox(&app)?
        .replay(id, edited.as_ref())
        .await
        .map_err(problem)?;
    app.bus.look_again(app.name);
    done(there)
}

/// `DELETE /operator/v1/parked/{id}`
pub(super) async fn give_up(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    done(
        inbox(&app)?
            .drop_parked(EventId(id))
            .await
            .map_err(problem)?,
    )
}

async fn find(app: &App, id: EventId) -> Result<Parked, Problem> {
    let found = inbox(app)?.find_parked(id).await.map_err(problem)?;
    found.ok_or_else(missing)
}

fn inbox(app: &App) -> Result<&Arc<dyn Inbox>, Problem> {
    app.operations.inbox.as_ref().ok_or_else(missing)
}

fn done(was_there: bool) -> Result<StatusCode, Problem> {
    if was_there {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(missing())
    }
}

fn missing() -> Problem {
    Problem::not_found("parked event")
}
