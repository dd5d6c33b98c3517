//! Every way from the gateway to the outside, but for the services that it forwards to.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use skeleton_durable::{
    commit::{Commit, CommitError},
    leases::Leases,
};
use skeleton_host::auth::Caller;
use uuid::Uuid;

use crate::domain::{
    epoch::Epoch,
    tasks::{ClockSeen, Task},
    updates::{Kept, Update},
};

/// A change to the store.
#[derive(Clone, Debug)]
pub enum Write {
    /// Something that an account should fetch again.
    Live {
        /// Who is told.
        account: Uuid,
        /// `import`, `person`, …
        event: &'static str,
        /// JSON.
        data: String,
        /// How many updates of the account are kept.
        kept: i64,
    },
    /// The address of an account, unless a newer version is known.
    Account {
        /// The account.
        id: Uuid,
        /// Lower case; none when the account is gone.
        email: Option<String>,
        /// Of the account.
        version: i64,
    },
    /// Everything kept for an account goes.
    Forget(Uuid),
    /// Takes `cost` out of a shared bucket that holds `holds`; a conflict when so much is not in it.
    Take {
        /// Its name.
        bucket: String,
        /// How long it takes to fill up again by this.
        cost: Duration,
        /// How long it takes to fill up from nothing.
        holds: Duration,
    },
    /// Notes what was taken out of shared buckets already, be it in them or not.
    Spend(Vec<(String, Duration)>),
    /// Forgets buckets that are full again.
    DropFullBuckets,
    /// The last word on a task.
    Task(Task),
    /// How the clock ran that tasks are due by.
    TaskClock(ClockSeen),
    /// The name of the epoch that begins.
    Epoch(String),
}

/// A shared bucket that is not full: a limit that holds for all replicas together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// How long it takes until it is full again.
    pub full_in: Duration,
}

/// What the gateway keeps.
#[async_trait]
pub trait Store: Commit<Write> + Leases {
    /// Updates of an account after `id`, oldest first.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn updates(
        &self,
        account: Uuid,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Update>, CommitError>;

    /// Which updates there are.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn kept(&self, account: Uuid) -> Result<Kept, CommitError>;

    /// Which accounts were told something within the time that is given, by any replica, and the id
    /// of each one's newest update. Of very many, the last.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn news(&self, of_the_last: Duration) -> Result<Vec<(Uuid, i64)>, CommitError>;

    /// Those of these buckets that are not full, by the store's clock.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn buckets(&self, names: &[String]) -> Result<Vec<Bucket>, CommitError>;

    /// Every account that is known, or that is known to be gone, with its version.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn account_versions(&self, are_gone: bool) -> Result<Vec<(Uuid, i64)>, CommitError>;

    /// The account that signs in with this address.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn account_of(&self, email: &str) -> Result<Option<Uuid>, CommitError>;

    /// The last word on each task, by name.
    ///
    /// # Errors
    /// When the store cannot be reached or fails, or a row cannot be read.
    async fn tasks(&self) -> Result<Vec<Task>, CommitError>;

    /// How the clock ran that tasks are due by; none where nobody looked yet.
    ///
    /// # Errors
    /// When the store cannot be reached or fails, or the row cannot be read.
    async fn task_clock(&self) -> Result<Option<ClockSeen>, CommitError>;

    /// Since which restore what is read counts.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn epoch(&self) -> Result<Epoch, CommitError>;
}

/// Why it was not found out whose session a token opens.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Whoever knows does not answer now.
    #[error("no session can be checked for now")]
    Unavailable {
        /// When to ask again.
        retry_after: Duration,
    },
    /// What was answered cannot be read.
    #[error("the check of a session failed")]
    Internal(#[source] anyhow::Error),
}

/// Knows whose session a token opens.
#[async_trait(?Send)]
pub trait SessionCheck: Send + Sync {
    /// The caller, or none for a token that opens nothing (any more).
    ///
    /// # Errors
    /// See [`CheckError`].
    async fn check(&self, token: &SecretString) -> Result<Option<Caller>, CheckError>;
}
