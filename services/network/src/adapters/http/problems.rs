//! Errors as problems; nowhere else.

use skeleton_host::{idempotency, problem::Problem};
use skeleton_service::problems;

use crate::application::{
    annotations::AnnotateError, find_paths::FindPathsError, list_ties::ListTiesError,
};

impl From<FindPathsError> for Problem {
    fn from(error: FindPathsError) -> Self {
        match error {
            FindPathsError::UnknownPerson => Self::not_found("person"),
            FindPathsError::Internal(error) => problems::store(error),
        }
    }
}

impl From<ListTiesError> for Problem {
    fn from(error: ListTiesError) -> Self {
        match error {
            ListTiesError::UnknownPerson => Self::not_found("person"),
            ListTiesError::Internal(error) => problems::store(error),
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
        AnnotateError::KeyReused => idempotency::used_for_another_request(),
        AnnotateError::Internal(error) => problems::store(error),
    }
}
