//! HTTP: one endpoint, one file. Errors become problems here and nowhere else.

use std::time::Duration;

use skeleton_durable::commit::CommitError;
use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
    problem::Problem,
};

use crate::application::App;

mod annotations;
mod dto;
mod get_paths;
mod neighbourhood;
mod ties;

/// The guarded API.
pub(crate) fn routes(app: App, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        get_paths::get_paths,
        ties::list_ties,
        neighbourhood::get_neighbourhood,
        annotations::get_annotations,
        annotations::put_tag,
        annotations::delete_tag,
        annotations::add_note,
        annotations::delete_note,
    ];
    RequireCaller::new(tokens).guard(routes.with_state(app))
}

/// What a failure of the store is to a caller.
fn problem_of(error: &CommitError) -> Problem {
    match error {
        CommitError::Unavailable(_) => Problem::unavailable(Duration::from_secs(1)),
        CommitError::Conflict(_) => Problem::conflict("it was changed in the meantime; try again"),
        _ => Problem::internal(error),
    }
}
