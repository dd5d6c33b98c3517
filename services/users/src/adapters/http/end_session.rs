//! `DELETE /sessions` and `DELETE /sessions/{id}`: sign out, here or elsewhere.

use kith_shared::ids::{AccountId, SessionId};
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Path, Problem},
};
use uuid::Uuid;

use super::{App, problems};

/// Sign out.
#[utoipa::path(
    delete, path = "/api/v1/sessions", tag = "sessions",
    responses((status = 204), (status = 404, body = Problem, description = "it has ended"))
)]
pub(super) async fn end_session(
    State(app): State<App>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    end(&app, &caller, caller.session).await
}

/// End one of my sessions at once.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{id}", tag = "sessions", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(super) async fn revoke_session(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    end(&app, &caller, id).await
}

async fn end(app: &App, caller: &Caller, session: Uuid) -> Result<StatusCode, Problem> {
    app.revoke_session(AccountId(caller.account), SessionId(session))
        .await
        .map_err(problems::revoke)?;
    Ok(StatusCode::NO_CONTENT)
}
