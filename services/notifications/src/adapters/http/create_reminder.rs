//! `POST /api/v1/reminders`

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId};
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{IntoResponse, Method, Response, State, StatusCode},
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};
use skeleton_service::once::{Once, Seen};
use utoipa::ToSchema;

use super::{reminder_body::ReminderBody, reminder_problem};
use crate::application::{App, create_reminder::NewReminder};

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
    responses((status = 201, body = ReminderBody), (status = 422, body = Problem))
)]
pub(super) async fn create_reminder(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(input): Json<ReminderInput>,
) -> Result<Response, Problem> {
    let text = serde_json::to_vec(&input)
        .expect("the input is a struct with string keys, which serialises");
    let fingerprint = fingerprint(&Method::POST, PATH, &text);
    let (me, now) = (caller.account, app.clock.now());
    let once = match Once::look_up(&*app.store, me, &key, fingerprint, now).await? {
        Seen::New(once) => once,
        Seen::Before(response) => return Ok(response),
    };
    let asked = NewReminder {
        person: input.person_id,
        label: input.label,
        note: input.note,
        due_at: input.due_at,
    };
    let made = app
        .create_reminder(AccountId(me), asked, |reminder| {
            once.keep(StatusCode::CREATED, &ReminderBody::from(reminder))
        })
        .await;
    let outcome = match made {
        Ok(reminder) => {
            let body = Json(ReminderBody::from(&reminder));
            Ok((StatusCode::CREATED, ETag(reminder.version), body).into_response())
        }
        Err(error) => Err(reminder_problem(error)),
    };
    once.settle(&*app.store, outcome).await
}
