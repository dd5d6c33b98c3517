//! The outbox port: events committed with the change that they tell of, waiting to leave.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{Envelope, EventId, commit::CommitError};

/// What the names of leases begin with during which nothing is claimed. Nobody works under them.
pub(crate) const HELD_BACK: &str = "relay held back ";

/// What waits in an outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxStatus {
    /// How many events wait.
    pub waiting: u64,
    /// When the oldest of them was recorded.
    pub oldest: Option<Timestamp>,
}

/// Events waiting to leave. Filled by the commit port only.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes up to `limit` events, oldest first, that nobody else gets until `lease` has passed.
    /// Whoever dies with a claim loses it to the next. Those that cannot be read are passed over and
    /// stay.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn claim(&self, limit: u32, lease: Duration) -> Result<Vec<Envelope>, CommitError>;

    /// Makes a claim hold until `lease` from now. Stores whose claims do not run out have nothing to
    /// do.
    ///
    /// # Errors
    /// When the store cannot be reached or fails; another relay may then send the events as well.
    async fn prolong(&self, _ids: &[EventId], _lease: Duration) -> Result<(), CommitError> {
        Ok(())
    }

    /// Whether of two claims that hold no two get the same event, so that a relay may claim again
    /// before it has handed over what it has.
    fn claims_exclude(&self) -> bool {
        false
    }

    /// Drops events that the bus has taken over durably.
    ///
    /// # Errors
    /// When the store cannot be reached or fails; they will be sent again, under the same id.
    async fn sent(&self, ids: &[EventId]) -> Result<(), CommitError>;

    /// Gives claimed events back at once.
    ///
    /// # Errors
    /// When the store cannot be reached or fails; the claim then runs out by itself.
    async fn give_back(&self, ids: &[EventId]) -> Result<(), CommitError>;

    /// Has relays claim nothing until `time` from now, as long as `who` or anybody else wants it; zero
    /// ends it for `who`. What they had claimed leaves. So a backup sees all that its consumers may have been told.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn hold_back(&self, who: Uuid, time: Duration) -> Result<(), CommitError>;

    /// How many events are claimed and have neither left nor been given back.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn in_hand(&self) -> Result<u64, CommitError>;

    /// How much waits.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn status(&self) -> Result<OutboxStatus, CommitError>;

    /// Notified after commits in this process that carried events. Not the only signal: the relay
    /// polls as well.
    fn wake(&self) -> Arc<Notify>;
}
