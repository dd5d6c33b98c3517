//! Errors as problems; nowhere else.

use std::time::Duration;

use skeleton_durable::commit::CommitError;
use skeleton_host::problem::Problem;

use crate::application::{
    annotations::AnnotateError, find_paths::FindPathsError, list_ties::ListTiesError,
};

impl From<FindPathsError> for Problem {
    fn from(error: FindPathsError) -> Self {
        match error {
            FindPathsError::UnknownPerson => Self::not_found("person"),
            FindPathsError::Internal(error) => store_problem(&error),
        }
    }
}

impl From<ListTiesError> for Problem {
    fn from(error: ListTiesError) -> Self {
        match error {
            ListTiesError::UnknownPerson => Self::not_found("person"),
            ListTiesError::Internal(error) => store_problem(&error),
        }
    }
}

/// The problem, with a text that is not taken at `pointer`.
pub(super) fn annotate_problem(pointer: &str, error: AnnotateError) -> Problem {
    match error {
        AnnotateError::UnknownPerson => Problem::not_found("person"),
        AnnotateError::UnknownNote => Problem::not_found("note"),
        AnnotateError::BadText(_) | AnnotateError::TooMany => {
            Problem::field(pointer, error.to_string())
        }
        AnnotateError::KeyReused => Problem::field("/Idempotency-Key", error.to_string()),
        AnnotateError::Internal(error) => store_problem(&error),
    }
}

/// What a failure of the store is to a caller.
fn store_problem(error: &CommitError) -> Problem {
    match error {
        CommitError::Unavailable(_) => Problem::unavailable(Duration::from_secs(1)),
        CommitError::Conflict(_) => Problem::conflict("it was changed in the meantime; try again"),
        _ => Problem::internal(error),
    }
}
