//! `PUT /api/v1/people/{id}/tags/{tag}`: puts a tag on a person.

use kith_shared::ids::PersonId;
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Path, Problem},
};

use super::problems::annotate_problem;
use crate::application::App;

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
    app.add_tag(caller.account.into(), id, &tag)
        .await
        .map_err(|error| annotate_problem("/tag", error))?;
    Ok(StatusCode::NO_CONTENT)
}
