//! A publisher's current state, told again: how an index is rebuilt, how a new service catches up,
//! how stores that were restored from backups of different minutes come to agree.
//!
//! What is told again is the state, as fresh events of the versions that the subjects have now, to
//! one consumer. A consumer that has these versions already ignores them.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{Envelope, commit::CommitError};

/// Events of one page, and where the next begins.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// One event a subject, under a new id.
    pub events: Vec<Envelope>,
    /// What to ask for next; none at the end.
    pub next: Option<String>,
}

/// The subjects that a publisher tells of, as they are now, tombstones included.
#[async_trait]
pub trait CurrentState: Send + Sync {
    /// The event types that it can tell again, those first whose subjects others refer to.
    fn kinds(&self) -> &'static [&'static str];

    /// Up to `limit` subjects of the event type `kind` from behind `after` (none: from the
    /// beginning), in an order that does not change. What changes meanwhile is told by its own
    /// event, so a page need not be of one moment.
    ///
    /// # Errors
    /// When the store cannot be reached or fails, or `after` is no cursor of this.
    async fn page(&self, kind: &str, after: Option<&str>, limit: u32) -> Result<Page, CommitError>;
}

/// A cursor that is an id.
///
/// # Errors
/// When it is none.
pub fn cursor_id(after: Option<&str>) -> Result<Option<Uuid>, CommitError> {
    after
        .map(|text| text.parse().map_err(|_| no_cursor(text)))
        .transpose()
}

/// What a page answers to a cursor that is none of its own.
#[must_use]
pub fn no_cursor(text: &str) -> CommitError {
    CommitError::Internal(anyhow::anyhow!("{text:?} is no cursor"))
}
