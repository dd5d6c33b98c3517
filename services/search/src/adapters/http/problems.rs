//! Errors as problems; nowhere else.

use skeleton_host::problem::Problem;
use skeleton_service::problems;

use crate::{application::AskError, ports::IndexError};

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Index(IndexError::CursorGone) => {
                Self::field("/cursor", IndexError::CursorGone.to_string())
            }
            AskError::Index(error @ IndexError::Unavailable(_)) => problems::retry(&error),
            AskError::Index(error) => Self::internal(&error),
            AskError::Store(error) => problems::store(error),
        }
    }
}
