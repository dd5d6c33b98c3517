//! `GET /api/v1/reminders/{id}`

use kith_shared::ids::{AccountId, ReminderId};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::State,
    problem::{Json, Path, Problem},
};
use uuid::Uuid;

use super::{bodies::ReminderBody, problems};
use crate::application::App;

/// A reminder of the caller's.
#[utoipa::path(
    get, path = "/api/v1/reminders/{id}", tag = "reminders", params(("id" = Uuid, Path)),
    responses((status = 200, body = ReminderBody), (status = 404, body = Problem))
)]
pub(super) async fn get_reminder(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<(ETag, Json<ReminderBody>), Problem> {
    let found = app
        .store
        .reminder(AccountId(caller.account), ReminderId(id))
        .await;
    let reminder = found
        .map_err(problems::store)?
        .ok_or_else(|| Problem::not_found("reminder"))?;
    Ok((ETag(reminder.version), Json(ReminderBody::from(&reminder))))
}
