//! The API: one endpoint, one file.

use skeleton_durable::commit::CommitError;
use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
    problem::Problem,
};

use crate::application::App;

mod create_thing;
mod get_activity;
mod get_thing;
mod list_things;
mod rename_thing;
mod thing_body;

/// The guarded API.
pub(crate) fn routes(app: App, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        create_thing::create_thing,
        list_things::list_things,
        get_thing::get_thing,
        rename_thing::rename_thing,
        get_activity::get_thing_activity,
    ];
    RequireCaller::new(tokens).guard(routes.with_state(app))
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
