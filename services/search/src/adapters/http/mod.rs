//! The API: one endpoint, one file.

mod list_organisations;
mod list_people;

use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
    problem::Problem,
};
use skeleton_service::problems;

use crate::{
    application::{App, AskError},
    ports::IndexError,
};

/// Longest query, in characters.
const QUERY_LIMIT: usize = 200;

/// The guarded API.
pub(crate) fn routes(app: App, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        list_people::list_people,
        list_organisations::list_organisations
    ];
    RequireCaller::new(tokens).guard(routes.with_state(app))
}

/// Refuses a query that is too long.
fn check_query(text: &str) -> Result<&str, Problem> {
    let found = text.chars().count();
    if found > QUERY_LIMIT {
        return Err(Problem::field(
            "/q",
            format!("expected at most {QUERY_LIMIT} characters, found {found}"),
        ));
    }
    Ok(text)
}

/// What an error means to the caller.
fn ask_problem(error: AskError) -> Problem {
    match error {
        AskError::Index(IndexError::CursorGone) => {
            Problem::field("/cursor", IndexError::CursorGone.to_string())
        }
        AskError::Index(error @ IndexError::Unavailable(_)) => problems::retry(&error),
        AskError::Index(error) => Problem::internal(&error),
        AskError::Store(error) => problems::store(error),
    }
}
