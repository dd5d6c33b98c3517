//! What failures that every service knows mean to whoever asked: one text, one wait, one log line.

use std::time::Duration;

use skeleton_durable::commit::CommitError;
use skeleton_host::problem::Problem;

/// When to try again what the store could not do now.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a failure of the store means to a caller. It is logged here, once.
pub fn store(error: CommitError) -> Problem {
    match error {
        CommitError::Unavailable(_) => retry(&error),
        CommitError::Conflict(_) => Problem::conflict("it was changed at the same time; try again"),
        CommitError::Repeated => Problem::conflict("the idempotency key is in use"),
        CommitError::AlreadyHandled(_) | CommitError::Internal(_) => Problem::internal(&error),
    }
}

/// The same request may succeed in a moment: `error` is of the sort that passes.
pub fn retry(error: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(%error, "request put off");
    Problem::unavailable(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_by_itself_is_to_be_tried_again() {
        let status = |error| store(error).status;
        assert_eq!(status(CommitError::Unavailable("away".to_owned())), 503);
        assert_eq!(status(CommitError::Conflict("it".to_owned())), 409);
        assert_eq!(status(CommitError::Repeated), 409);
        assert_eq!(status(CommitError::AlreadyHandled(Vec::new())), 500);
        assert_eq!(status(CommitError::Internal(anyhow::anyhow!("torn"))), 500);
    }

    #[test]
    fn no_caller_sees_what_the_store_says() {
        let problem = store(CommitError::Conflict("UNIQUE constraint".to_owned()));
        assert!(!problem.to_string().contains("UNIQUE"));
    }
}
