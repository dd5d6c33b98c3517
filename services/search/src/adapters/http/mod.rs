//! The API: one endpoint, one file.

mod list_organisations;
mod list_people;

use std::time::Duration;

use axum::Router;
use skeleton_durable::commit::CommitError;
use skeleton_host::problem::Problem;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    application::{App, AskError},
    ports::IndexError,
};

/// Longest query, in characters.
const QUERY_LIMIT: usize = 200;

/// The routes and their description.
pub(crate) fn router(app: App) -> (Router, OpenApi) {
    let (router, mut openapi) = OpenApiRouter::new()
        .routes(routes!(list_people::list_people))
        .routes(routes!(list_organisations::list_organisations))
        .split_for_parts();
    openapi.info.title = "search".to_owned();
    (router.with_state(app), openapi)
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
        AskError::Index(IndexError::Unavailable(_))
        | AskError::Store(CommitError::Unavailable(_)) => {
            tracing::warn!(%error, "question not answered");
            Problem::unavailable(Duration::from_secs(1))
        }
        error => Problem::internal(&error),
    }
}
