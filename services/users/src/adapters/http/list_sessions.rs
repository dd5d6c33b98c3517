//! `GET /sessions`: where I am signed in.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, SessionId};
use serde::Serialize;
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Problem},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{App, problems};

/// One of my sessions.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    id: Uuid,
    created_at: Timestamp,
    /// Within a few minutes.
    last_seen_at: Timestamp,
    user_agent: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

/// My sessions, newest first.
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "sessions", params(PageQuery),
    responses((status = 200, body = Page<Session>), (status = 401, body = Problem))
)]
pub(super) async fn list_sessions(
    State(app): State<App>,
    caller: Caller,
    pages: Pages,
) -> Result<Json<Page<Session>>, Problem> {
    let before = pages.after::<Uuid>()?.map(SessionId);
    let limit = pages.limit();
    let found = app
        .list_sessions(AccountId(caller.account), before, limit + 1)
        .await
        .map_err(problems::store)?;
    let page = pages.cut(found, |session| session.id.0);
    Ok(Json(page.map(|session| Session {
        id: session.id.0,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        user_agent: session.user_agent,
        current: session.id.0 == caller.session,
    })))
}
