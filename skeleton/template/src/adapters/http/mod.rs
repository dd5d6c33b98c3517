//! The API: one endpoint, one file.

use axum::Router;
use skeleton_durable::commit::CommitError;
use skeleton_host::problem::Problem;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::application::App;

mod create_thing;
mod get_activity;
mod get_thing;
mod list_things;
mod rename_thing;
mod thing_body;

/// All routes with their description.
pub(crate) fn router(app: App) -> (Router, OpenApi) {
    OpenApiRouter::new()
        .routes(routes!(
            create_thing::create_thing,
            list_things::list_things
        ))
        .routes(routes!(get_thing::get_thing, rename_thing::rename_thing))
        .routes(routes!(get_activity::get_thing_activity))
        .with_state(app)
        .split_for_parts()
}

/// What a failure of the store means to a caller: the one place that says so.
fn store_problem(error: CommitError) -> Problem {
    match error {
        CommitError::Unavailable(_) => Problem::unavailable(std::time::Duration::from_secs(2)),
        CommitError::Conflict(_) => Problem::conflict("it was changed at the same time, try again"),
        CommitError::Repeated => Problem::conflict("the idempotency key is in use"),
        CommitError::AlreadyHandled(_) | CommitError::Internal(_) => Problem::internal(&error),
    }
}
