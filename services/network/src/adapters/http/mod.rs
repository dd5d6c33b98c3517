//! HTTP: one endpoint, one file. Errors become problems here and nowhere else.

use std::time::Duration;

use axum::Router;
use skeleton_durable::commit::CommitError;
use skeleton_host::problem::Problem;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::application::Deps;

mod annotations;
mod dto;
mod get_paths;
mod neighbourhood;
mod ties;

/// All routes and their description.
pub(crate) fn api(deps: Deps) -> (Router, OpenApi) {
    OpenApiRouter::new()
        .routes(routes!(get_paths::get_paths))
        .routes(routes!(ties::list_ties))
        .routes(routes!(neighbourhood::get_neighbourhood))
        .routes(routes!(annotations::get_annotations))
        .routes(routes!(annotations::put_tag, annotations::delete_tag))
        .routes(routes!(annotations::add_note))
        .routes(routes!(annotations::delete_note))
        .with_state(deps)
        .split_for_parts()
}

/// What a failure of the store is to a caller.
fn problem_of(error: &CommitError) -> Problem {
    match error {
        CommitError::Unavailable(_) => Problem::unavailable(Duration::from_secs(1)),
        CommitError::Conflict(_) => Problem::conflict("it was changed in the meantime; try again"),
        _ => Problem::internal(error),
    }
}
