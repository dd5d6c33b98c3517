//! What may go wrong in any use case and is nobody's decision.

use skeleton_durable::commit::CommitError;

/// Not the caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Others changed the same thing again and again.
    #[error("too many changes at once")]
    Busy,
    /// The same request, by its idempotency key, was answered just now.
    #[error("the idempotency key was used before")]
    Repeated,
    /// The store, or the queue for hashing passwords, cannot serve now.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A defect.
    #[error("internal")]
    Internal(#[source] anyhow::Error),
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::Busy,
            CommitError::Repeated => Self::Repeated,
            CommitError::Unavailable(what) => Self::Unavailable(what),
            CommitError::Internal(error) => Self::Internal(error),
            error @ CommitError::AlreadyHandled(_) => Self::Internal(error.into()),
        }
    }
}
