//! Errors as problems; nowhere else.

use std::time::Duration;

use skeleton_durable::commit::CommitError;
use skeleton_host::problem::Problem;

use crate::{application::AskError, ports::IndexError};

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Index(IndexError::CursorGone) => {
                Self::field("/cursor", IndexError::CursorGone.to_string())
            }
            AskError::Index(IndexError::Unavailable(_))
            | AskError::Store(CommitError::Unavailable(_)) => {
                tracing::warn!(%error, "question not answered");
                Self::unavailable(Duration::from_secs(1))
            }
            error => Self::internal(&error),
        }
    }
}
