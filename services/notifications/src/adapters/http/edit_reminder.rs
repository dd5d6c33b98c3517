//! `PATCH /api/v1/reminders/{id}`

use jiff::Timestamp;
use kith_shared::ids::{AccountId, ReminderId};
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    conditional::{ETag, IfMatch},
    http::State,
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    bodies::{ReminderBody, StatusBody},
    problems,
};
use crate::{application::App, domain::reminder::Edit};

/// What is to change; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReminderEdit {
    /// Another time; one that is due waits again.
    due_at: Option<Timestamp>,
    /// 1 to 2,000 characters.
    #[schema(min_length = 1, max_length = 2000)]
    note: Option<String>,
    /// `done` puts it away, `pending` takes it up again.
    status: Option<StatusBody>,
}

/// Puts a reminder off or away, or rewords it. `If-Match` guards against overwriting what the
/// caller has not seen.
#[utoipa::path(
    patch, path = "/api/v1/reminders/{id}", tag = "reminders", params(("id" = Uuid, Path)),
    request_body = ReminderEdit,
    responses(
        (status = 200, body = ReminderBody), (status = 404, body = Problem),
        (status = 412, body = Problem), (status = 422, body = Problem),
    )
)]
pub(super) async fn edit_reminder(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(input): Json<ReminderEdit>,
) -> Result<(ETag, Json<ReminderBody>), Problem> {
    let edit = Edit {
        due_at: input.due_at,
        note: input.note,
        status: input.status.map(Into::into),
    };
    let reminder = app
        .edit_reminder(
            AccountId(caller.account),
            ReminderId(id),
            edit,
            seen.version(),
        )
        .await
        .map_err(problems::reminder)?;
    Ok((ETag(reminder.version), Json(ReminderBody::from(&reminder))))
}
