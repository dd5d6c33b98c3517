//! Every way from this service to the outside.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kith_shared::{
    events::users::AccountChanged,
    ids::{AccountId, CircleId},
    open::OpenCircle,
};
use skeleton_durable::commit::{Commit, CommitError};

use crate::domain::{
    document::{Change, Versions},
    query::{Found, Grant, Query},
    visibility::Circle,
};

/// Why the index did not do it.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// It cannot be reached now.
    #[error("the index cannot be reached: {0}")]
    Unavailable(String),
    /// The person to go on from is not, or no longer, among those granted. Whether it is another's,
    /// hidden or nobody at all is not said.
    #[error("the list has changed: begin again without a cursor")]
    CursorGone,
    /// Anything else: a defect, or a broken index.
    #[error("the index failed: {0}")]
    Internal(#[source] anyhow::Error),
}

/// The index of people.
#[async_trait]
pub trait Index: Send + Sync {
    /// Takes changes in, the newer of each part winning, durably, and visible to every later
    /// query. Older ones and repetitions change nothing.
    ///
    /// # Errors
    /// Then some may have been taken in; do it again.
    async fn apply(&self, changes: Vec<Change>) -> Result<(), IndexError>;

    /// Removes everything of these accounts, durably.
    ///
    /// # Errors
    /// Then some may have been removed; do it again.
    async fn erase(&self, accounts: &[AccountId]) -> Result<(), IndexError>;

    /// People whose words match, among those granted.
    ///
    /// # Errors
    /// See [`IndexError`].
    async fn people(&self, query: &Query) -> Result<Found, IndexError>;

    /// How many of the granted people are at each organisation, as written, of which every word
    /// matches.
    ///
    /// # Errors
    /// See [`IndexError`].
    async fn organisations(
        &self,
        words: &[String],
        grants: &[Grant],
    ) -> Result<BTreeMap<String, u64>, IndexError>;

    /// Gives `take` of every document whose it is and which versions its parts are, those of removed
    /// people included, in any order, as they are at one moment.
    ///
    /// # Errors
    /// See [`IndexError`]; then `take` did not get all.
    async fn versions(&self, take: &mut (dyn FnMut(Versions) + Send)) -> Result<(), IndexError>;

    /// Whether it answers.
    ///
    /// # Errors
    /// When it does not.
    async fn ping(&self) -> Result<(), IndexError>;
}

/// A change to the store; older versions change nothing.
#[derive(Clone, Debug)]
pub enum Write {
    /// An account as it now is.
    Account(AccountChanged),
    /// A circle as it now is.
    Circle(OpenCircle),
    /// An account is gone; nothing of it is taken in any more.
    Erased(AccountId),
}

/// The store: what is known of accounts and circles.
#[async_trait]
pub trait Store: Commit<Write> {
    /// The circles that an account is in.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn circles(&self, account: AccountId) -> Result<Vec<Circle>, CommitError>;

    /// How accounts call themselves, as far as known.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn names(
        &self,
        accounts: &[AccountId],
    ) -> Result<BTreeMap<AccountId, String>, CommitError>;

    /// Which of these accounts are gone.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn erased(&self, accounts: &[AccountId]) -> Result<Vec<AccountId>, CommitError>;

    /// Every account that is known and not gone, with the version held.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn account_versions(&self) -> Result<Vec<(AccountId, i64)>, CommitError>;

    /// Every circle that is known, with the version held.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn circle_versions(&self) -> Result<Vec<(CircleId, i64)>, CommitError>;
}
