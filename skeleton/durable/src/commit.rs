//! The commit port: the only way in which a service changes its store.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Cause, Envelope, Event, EventId};

/// Everything that one decision changes, to be committed as a whole or not at all.
///
/// `W` is the service's own enum of writes; each write carries the version that it expects where
/// that matters. Batches are welcome: an import of 25,000 records is a few hundred change sets.
#[derive(Debug)]
pub struct ChangeSet<W> {
    /// Writes to the service's own store, in order.
    pub writes: Vec<W>,
    /// Events that tell the other services.
    pub events: Vec<Envelope>,
    /// Incoming events that are hereby handled.
    pub handled: Vec<Envelope>,
    /// The answer to keep under the caller's idempotency key.
    pub answer: Option<KeptAnswer>,
}

impl<W> Default for ChangeSet<W> {
    fn default() -> Self {
        Self {
            writes: Vec::new(),
            events: Vec::new(),
            handled: Vec::new(),
            answer: None,
        }
    }
}

impl<W> ChangeSet<W> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a write.
    #[must_use]
    pub fn write(mut self, write: W) -> Self {
        self.writes.push(write);
        self
    }

    /// Adds an event.
    #[must_use]
    pub fn event<E: Event>(mut self, event: &E, time: Timestamp, cause: &Cause) -> Self {
        self.events.push(Envelope::seal(event, time, cause));
        self
    }

    /// Marks incoming events as handled by this change.
    #[must_use]
    pub fn handled(mut self, events: &[Envelope]) -> Self {
        self.handled.extend_from_slice(events);
        self
    }

    /// Keeps an answer under an idempotency key.
    #[must_use]
    pub fn answer(mut self, answer: Option<KeptAnswer>) -> Self {
        self.answer = answer;
        self
    }
}

/// The answer to a request that carried an idempotency key, kept to answer its repetition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Whose key it is; nil for callers that have no account yet.
    pub account: Uuid,
    /// The key as the caller gave it.
    pub key: String,
    /// Hash of the request: the same key with another request is a mistake of the caller's.
    pub fingerprint: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// Body of the answer.
    pub body: String,
    /// When it was given.
    pub at: Timestamp,
}

/// Why nothing was committed. The store is as it was before, but for [`CommitError::Unavailable`].
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// At least one of these incoming events was handled before, here or by another replica, or is
    /// parked: go on without it.
    #[error("one of {} events was handled or parked before", .0.len())]
    AlreadyHandled(Vec<EventId>),
    /// A write met another version than it expected, or a uniqueness rule: load and decide again.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The idempotency key was used before: the kept answer is the answer.
    #[error("the idempotency key was used before")]
    Repeated,
    /// The store cannot be reached now. If it was lost at the last moment, it may have committed all
    /// the same: whoever tries again must expect to meet his own change.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// Anything else: a defect, or a broken store.
    #[error("store failed: {0}")]
    Internal(#[source] anyhow::Error),
}

/// A store that commits change sets of `W`.
#[async_trait]
pub trait Commit<W: Send + Sync>: Send + Sync {
    /// Commits all of it or nothing, durably: when it returns, a kill or a power cut undoes none
    /// of it.
    ///
    /// # Errors
    /// See [`CommitError`].
    async fn commit(&self, change: ChangeSet<W>) -> Result<(), CommitError>;

    /// The answer kept under an idempotency key.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn kept_answer(
        &self,
        account: Uuid,
        key: &str,
    ) -> Result<Option<KeptAnswer>, CommitError>;
}

/// How often [`decide`] decides.
const DECISIONS_LIMIT: usize = 8;

/// Loads, decides and commits, and once more from the beginning whenever somebody else changed in
/// between what the decision hangs on. `decision` answers what came of its commit; its own refusals,
/// the outer error, end it at once.
///
/// # Errors
/// The decision's, or the commit's: [`CommitError::Conflict`] where others were faster every time.
pub async fn decide<T, E, Decided>(decision: impl Fn() -> Decided) -> Result<T, E>
where
    E: From<CommitError>,
    Decided: Future<Output = Result<Result<T, CommitError>, E>>,
{
    decide_up_to(DECISIONS_LIMIT, decision).await
}

/// [`decide`], so many times at most: for who competes with somebody that commits without a pause.
///
/// # Errors
/// As [`decide`].
pub async fn decide_up_to<T, E, Decided>(
    limit: usize,
    decision: impl Fn() -> Decided,
) -> Result<T, E>
where
    E: From<CommitError>,
    Decided: Future<Output = Result<Result<T, CommitError>, E>>,
{
    for _ in 1..limit {
        match decision().await? {
            Err(CommitError::Conflict(reason)) => tracing::debug!(reason, "decided again"),
            done => return Ok(done?),
        }
    }
    Ok(decision().await??)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn conflict() -> CommitError {
        CommitError::Conflict("version".to_owned())
    }

    /// What came of decisions whose commits end so, and how many were made.
    async fn decided(
        commits: impl Fn(usize) -> Result<usize, CommitError>,
    ) -> (Result<usize, CommitError>, usize) {
        let made = Cell::new(0);
        let outcome = decide(async || {
            made.set(made.get() + 1);
            Ok(commits(made.get()))
        })
        .await;
        (outcome, made.get())
    }

    #[tokio::test]
    async fn what_somebody_else_overtook_is_decided_again_and_nothing_else() {
        let third = |n| if n < 3 { Err(conflict()) } else { Ok(n) };
        assert!(matches!(decided(third).await, (Ok(3), 3)));
        let (outcome, made) = decided(|_| Err(CommitError::Repeated)).await;
        assert!(matches!((outcome, made), (Err(CommitError::Repeated), 1)));
        let (outcome, made) = decided(|_| Err(conflict())).await;
        assert!(matches!(outcome, Err(CommitError::Conflict(_))));
        assert_eq!(made, DECISIONS_LIMIT);
    }

    #[tokio::test]
    async fn a_refusal_ends_it_even_where_it_reads_like_a_conflict() {
        let made = Cell::new(0);
        let refused: Result<(), CommitError> = decide(async || {
            made.set(made.get() + 1);
            Err(conflict())
        })
        .await;
        assert!(refused.is_err());
        assert_eq!(made.get(), 1);
    }
}
