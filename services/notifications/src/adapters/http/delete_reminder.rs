//! `DELETE /api/v1/reminders/{id}`

use kith_shared::ids::{AccountId, ReminderId};
use skeleton_host::{
    auth::Caller,
    conditional::IfMatch,
    http::{State, StatusCode},
    problem::{Path, Problem},
};
use uuid::Uuid;

use super::problems;
use crate::application::App;

/// Drops a reminder.
#[utoipa::path(
    delete, path = "/api/v1/reminders/{id}", tag = "reminders", params(("id" = Uuid, Path)),
    responses(
        (status = 204), (status = 404, body = Problem), (status = 412, body = Problem),
    )
)]
pub(super) async fn delete_reminder(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    seen: IfMatch,
) -> Result<StatusCode, Problem> {
    app.drop_reminder(AccountId(caller.account), ReminderId(id), seen.version())
        .await
        .map_err(problems::reminder)?;
    Ok(StatusCode::NO_CONTENT)
}
