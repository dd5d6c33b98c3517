//! `GET /api/v1/people/{id}/annotations`: the tags and notes on a person.

use kith_shared::ids::PersonId;
use serde::Serialize;
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;

use super::{bodies::Note, problems::annotate_problem};
use crate::application::App;

/// What is written on a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Annotations {
    /// In alphabetical order.
    tags: Vec<String>,
    /// Newest first.
    notes: Vec<Note>,
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
    let found = app
        .get_annotations(caller.account.into(), id)
        .await
        .map_err(|error| annotate_problem("", error))?;
    let notes = found.notes.into_iter().map(Note::from).collect();
    Ok(Json(Annotations {
        tags: found.tags,
        notes,
    }))
}
