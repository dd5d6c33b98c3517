//! `DELETE /api/v1/people/{id}/notes/{note}`: removes a note from a person.

use kith_shared::ids::{NoteId, PersonId};
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Path, Problem},
};

use super::problems::annotate_problem;
use crate::application::App;

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
    app.remove_note(caller.account.into(), id, note)
        .await
        .map_err(|error| annotate_problem("", error))?;
    Ok(StatusCode::NO_CONTENT)
}
