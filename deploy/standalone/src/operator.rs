//! What only the owner of the machine may ask: events that were put aside. Guarded by the
//! operator's token, and by nothing less; it is no part of the published API.

use std::{path::PathBuf, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use kith_gateway::Operator;
use serde_json::{Value, json};
use skeleton_durable::{EventId, commit::CommitError, inbox::Inbox};
use skeleton_host::problem::{Json, Path, Problem};
use uuid::Uuid;

use crate::inboxes::KnownInboxes;

/// Parked events shown at most, of each consumer.
const LIMIT: u32 = 200;

struct App {
    operator: Operator,
    inboxes: Arc<KnownInboxes>,
    data: PathBuf,
}

/// `/operator/v1/…`
pub(crate) fn router(operator: Operator, inboxes: Arc<KnownInboxes>, data: PathBuf) -> Router {
    let app = Arc::new(App {
        operator,
        inboxes,
        data,
    });
    Router::new()
        .route("/operator/v1/status", get(status))
        .route("/operator/v1/parked", get(list))
        .route(
            "/operator/v1/parked/{consumer}/{id}",
            get(show).delete(drop_one),
        )
        .route("/operator/v1/parked/{consumer}/{id}/replay", post(replay))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if app.operator.accepts(&parts) {
        next.run(Request::from_parts(parts, body)).await
    } else {
        Problem::unauthenticated("this is for the operator of the machine").into_response()
    }
}

async fn status(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    let mut parked = serde_json::Map::new();
    for (consumer, inbox) in app.inboxes.all() {
        let count = inbox.parked(LIMIT).await.map_err(problem)?.len();
        parked.insert(consumer.to_owned(), json!(count));
    }
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "data": app.data,
        "parked": parked,
    })))
}

async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    let mut items = Vec::new();
    for (consumer, inbox) in app.inboxes.all() {
        for parked in inbox.parked(LIMIT).await.map_err(problem)? {
            items.push(json!({
                "consumer": consumer,
                "id": parked.event.id.0,
                "type": parked.event.kind,
                "subject": parked.event.subject,
                "time": parked.event.time.to_string(),
                "attempts": parked.attempts,
                "reason": parked.reason,
            }));
        }
    }
    Ok(Json(json!({ "items": items, "next": null })))
}

async fn show(
    State(app): State<Arc<App>>,
    Path((consumer, id)): Path<(String, Uuid)>,
) -> Result<Json<Value>, Problem> {
    let inbox = inbox(&app, &consumer)?;
    let parked = inbox.parked(u32::MAX / 2).await.map_err(problem)?;
    let found = parked
        .into_iter()
        .find(|parked| parked.event.id == EventId(id));
    let found = found.ok_or_else(|| Problem::not_found("parked event"))?;
    Ok(Json(json!({
        "consumer": consumer,
        "attempts": found.attempts,
        "reason": found.reason,
        "event": found.event,
    })))
}

async fn replay(
    State(app): State<Arc<App>>,
    Path((consumer, id)): Path<(String, Uuid)>,
) -> Result<StatusCode, Problem> {
    done(inbox(&app, &consumer)?.replay(EventId(id), None).await)
}

async fn drop_one(
    State(app): State<Arc<App>>,
    Path((consumer, id)): Path<(String, Uuid)>,
) -> Result<StatusCode, Problem> {
    done(inbox(&app, &consumer)?.drop_parked(EventId(id)).await)
}

fn done(was_there: Result<bool, CommitError>) -> Result<StatusCode, Problem> {
    if was_there.map_err(problem)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("parked event"))
    }
}

fn inbox(app: &App, consumer: &str) -> Result<Arc<dyn Inbox>, Problem> {
    let found = app.inboxes.all().remove(consumer);
    found.ok_or_else(|| Problem::not_found("consumer"))
}

fn problem(error: CommitError) -> Problem {
    Problem::internal(&error)
}
