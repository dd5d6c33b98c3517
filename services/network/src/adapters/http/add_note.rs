//! `POST /api/v1/people/{id}/notes`: writes a note on a person.

use kith_shared::ids::PersonId;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::{Method, State, StatusCode},
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;

use super::{bodies::Note, problems::annotate_problem};
use crate::application::{App, add_note::Repeatable};

/// A note to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNote {
    /// What it says, 1 to 10,000 characters.
    text: String,
}

/// Writes a note on a person of the own book.
#[utoipa::path(
    post, path = "/api/v1/people/{id}/notes", tag = "people", operation_id = "add_note",
    params(
        ("id" = PersonId, Path, description = "a person of the own book"),
        ("Idempotency-Key" = Option<String>, Header, description = "the same request sent again gets the same note"),
    ),
    request_body = NewNote,
    responses(
        (status = 201, body = Note),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn add_note(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<PersonId>,
    key: IdempotencyKey,
    Json(note): Json<NewNote>,
) -> Result<(StatusCode, Json<Note>), Problem> {
    let path = format!("/api/v1/people/{id}/notes");
    let repeatable = key.get().map(|key| Repeatable {
        key: key.to_owned(),
        fingerprint: fingerprint(&Method::POST, &path, note.text.as_bytes()),
    });
    let made = app
        .add_note(caller.account.into(), id, &note.text, repeatable)
        .await
        .map_err(|error| annotate_problem("/text", error))?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
