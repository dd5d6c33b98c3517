//! `POST /api/v1/reminders`

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId};
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{Response, State},
    idempotency::IdempotencyKey,
    problem::{Json, Problem},
};
use skeleton_service::once::Once;
use utoipa::ToSchema;

use super::{bodies::ReminderBody, problems};
use crate::{
    application::{App, create_reminder::NewReminder},
    domain::reminder::Reminder,
};

const PATH: &str = "/api/v1/reminders";

/// A reminder to be made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReminderInput {
    /// The person it is about.
    person_id: Option<PersonId>,
    /// What it is about, in a word; at most 200 characters.
    #[schema(max_length = 200)]
    label: Option<String>,
    /// What to think of, 1 to 2,000 characters.
    #[schema(min_length = 1, max_length = 2000)]
    note: String,
    /// When; a time that has passed is due at once.
    due_at: Timestamp,
}

/// Makes a reminder.
#[utoipa::path(
    post, path = PATH, tag = "reminders", request_body = ReminderInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses((status = 201, body = ReminderBody), (status = 422, body = Problem))
)]
pub(super) async fn create_reminder(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(input): Json<ReminderInput>,
) -> Result<Response, Problem> {
    let me = caller.account;
    let once = Once::of(me, &key, PATH, &input, app.clock.now())?;
    let asked = NewReminder {
        person: input.person_id,
        label: input.label,
        note: input.note,
        due_at: input.due_at,
    };
    let shown = |reminder: &Reminder| (Some(ETag(reminder.version)), ReminderBody::from(reminder));
    once.create(&*app.store, shown, async |keep| {
        let made = app.create_reminder(AccountId(me), asked, keep).await;
        made.map_err(problems::reminder)
    })
    .await
}
