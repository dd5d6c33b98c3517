//! Someone has read what they were told.

use kith_shared::ids::{AccountId, NotificationId};
use skeleton_durable::{
    Cause,
    commit::{ChangeSet, CommitError},
};

use super::{App, tell};
use crate::domain::notification::Notification;

/// Notifications in one commit.
const BATCH: usize = 200;
/// How often a change is decided again when somebody else was faster.
const TRIES: usize = 5;

/// Why a notification was not marked.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// The account was told no such thing.
    #[error("no such notification")]
    NotFound,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] CommitError),
}

impl App {
    /// Marks one notification as read or unread.
    ///
    /// # Errors
    /// See [`MarkError`].
    pub async fn mark_notification(
        &self,
        account: AccountId,
        id: NotificationId,
        read: bool,
    ) -> Result<Notification, MarkError> {
        let mut tries = 0;
        loop {
            let found = self
                .store
                .notification(account, id)
                .await?
                .ok_or(MarkError::NotFound)?;
            let now = self.clock.now();
            let Some(marked) = found.clone().mark(read, now) else {
                return Ok(found);
            };
            let change = tell(ChangeSet::new(), marked.clone(), now, &Cause::default());
            tries += 1;
            match self.store.commit(change).await {
                Ok(()) => return Ok(marked),
                Err(CommitError::Conflict(_)) if tries < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Marks everything told so far as read.
    ///
    /// # Errors
    /// When the store cannot be reached or fails; then some may be marked.
    pub async fn mark_all_read(&self, account: AccountId) -> Result<(), CommitError> {
        let mut conflicts = 0;
        loop {
            let unread = self.store.unread(account, BATCH).await?;
            if unread.is_empty() {
                return Ok(());
            }
            let now = self.clock.now();
            let change = unread
                .into_iter()
                .filter_map(|notification| notification.mark(true, now))
                .fold(ChangeSet::new(), |change, read| {
                    tell(change, read, now, &Cause::default())
                });
            match self.store.commit(change).await {
                Err(CommitError::Conflict(_)) if conflicts < TRIES => conflicts += 1,
                done => done?,
            }
        }
    }
}
