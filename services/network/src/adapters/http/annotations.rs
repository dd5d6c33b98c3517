//! `/api/v1/people/{id}/annotations`, `…/tags/{tag}`, `…/notes`: what the owner writes on a person.

use jiff::Timestamp;
use kith_shared::ids::{NoteId, PersonId};
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::{Method, State, StatusCode},
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;

use super::problem_of;
use crate::{
    application::{
        App,
        annotate::{Annotate, AnnotateError, Repeatable},
    },
    ports,
};

/// What is written on a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Annotations {
    /// In alphabetical order.
    tags: Vec<String>,
    /// Newest first.
    notes: Vec<Note>,
}

/// A note.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Note {
    /// The note.
    id: NoteId,
    /// What it says.
    text: String,
    /// When it was made.
    created_at: Timestamp,
}

/// A note to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNote {
    /// What it says, 1 to 10,000 characters.
    text: String,
}

/// The tags and notes on a person of the own book, those on its old ids included.
#[utoipa::path(
    get, path = "/api/v1/people/{id}/annotations", tag = "people",
    operation_id = "get_annotations",
    params(("id" = PersonId, Path, description = "a person of the own book")),
    responses(
        (status = 200, body = Annotations),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
    )
)]
pub(super) async fn get_annotations(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<PersonId>,
) -> Result<Json<Annotations>, Problem> {
    let found = of(&caller, id).read(&app).await.map_err(problem)?;
    let notes = found.notes.into_iter().map(Note::from).collect();
    Ok(Json(Annotations {
        tags: found.tags,
        notes,
    }))
}

/// Puts a tag on a person of the own book.
#[utoipa::path(
    put, path = "/api/v1/people/{id}/tags/{tag}", tag = "people", operation_id = "put_tag",
    params(
        ("id" = PersonId, Path, description = "a person of the own book"),
        ("tag" = String, Path, description = "1 to 64 characters"),
    ),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn put_tag(
    caller: Caller,
    State(app): State<App>,
    Path((id, tag)): Path<(PersonId, String)>,
) -> Result<StatusCode, Problem> {
    of(&caller, id)
        .add_tag(&app, &tag)
        .await
        .map_err(|error| at("/tag", error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a tag off a person of the own book.
#[utoipa::path(
    delete, path = "/api/v1/people/{id}/tags/{tag}", tag = "people", operation_id = "delete_tag",
    params(
        ("id" = PersonId, Path, description = "a person of the own book"),
        ("tag" = String, Path, description = "the tag"),
    ),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn delete_tag(
    caller: Caller,
    State(app): State<App>,
    Path((id, tag)): Path<(PersonId, String)>,
) -> Result<StatusCode, Problem> {
    of(&caller, id)
        .remove_tag(&app, &tag)
        .await
        .map_err(|error| at("/tag", error))?;
    Ok(StatusCode::NO_CONTENT)
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
    let made = of(&caller, id).add_note(&app, &note.text, repeatable).await;
    let made = made.map_err(|error| at("/text", error))?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Removes a note.
#[utoipa::path(
    delete, path = "/api/v1/people/{id}/notes/{note}", tag = "people",
    operation_id = "delete_note",
    params(
        ("id" = PersonId, Path, description = "a person of the own book"),
        ("note" = NoteId, Path, description = "a note on it"),
    ),
    responses(
        (status = 204),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
    )
)]
pub(super) async fn delete_note(
    caller: Caller,
    State(app): State<App>,
    Path((id, note)): Path<(PersonId, NoteId)>,
) -> Result<StatusCode, Problem> {
    of(&caller, id)
        .remove_note(&app, note)
        .await
        .map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn of(caller: &Caller, person: PersonId) -> Annotate {
    Annotate {
        owner: caller.account.into(),
        person,
    }
}

fn problem(error: AnnotateError) -> Problem {
    at("", error)
}

/// The problem, with a bad text at `pointer`.
fn at(pointer: &str, error: AnnotateError) -> Problem {
    match error {
        AnnotateError::UnknownPerson => Problem::not_found("person"),
        AnnotateError::UnknownNote => Problem::not_found("note"),
        AnnotateError::BadText(_) | AnnotateError::TooMany => {
            Problem::field(pointer, error.to_string())
        }
        AnnotateError::KeyReused => Problem::field("/Idempotency-Key", error.to_string()),
        AnnotateError::Internal(error) => problem_of(&error),
    }
}

impl From<ports::Note> for Note {
    fn from(note: ports::Note) -> Self {
        Self {
            id: note.id,
            text: note.text,
            created_at: note.created_at,
        }
    }
}
