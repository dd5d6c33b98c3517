//! Every way from this service to the outside.

use async_trait::async_trait;
use skeleton_durable::commit::{Commit, CommitError};
use uuid::Uuid;

use crate::domain::thing::Thing;

/// A change to the store.
#[derive(Clone, Debug)]
pub enum Write {
    /// A thing that must not be there yet (version 1) or must be there in the version before.
    Thing(Thing),
    /// How often an account's things changed, as told by events.
    Activity {
        account: Uuid,
        /// How many changes more.
        changes: i64,
    },
}

/// The store: it commits, and it answers what the use cases ask.
#[async_trait]
pub trait Store: Commit<Write> {
    /// A thing of an account.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn thing(&self, account: Uuid, id: Uuid) -> Result<Option<Thing>, CommitError>;

    /// Things of an account after a given one, in order of their making, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn things(
        &self,
        account: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Thing>, CommitError>;

    /// How often an account's things changed.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn activity(&self, account: Uuid) -> Result<i64, CommitError>;
}
