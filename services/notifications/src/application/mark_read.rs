//! Someone has read what they were told.

use kith_shared::ids::{AccountId, NotificationId};
use skeleton_durable::{
    Cause,
    commit::{ChangeSet, CommitError, decide},
};

use super::{App, tell};
use crate::domain::notification::Notification;

/// Notifications in one commit.
const BATCH: usize = 200;

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
        decide(async || {
            let found = self
                .store
                .notification(account, id)
                .await?
                .ok_or(MarkError::NotFound)?;
            let now = self.clock.now();
            let Some(marked) = found.clone().mark(read, now) else {
                return Ok(Ok(found));
            };
            let change = tell(ChangeSet::new(), marked.clone(), now, &Cause::default());
            Ok(self.store.commit(change).await.map(|()| marked))
        })
        .await
    }

    /// Marks everything told so far as read.
    ///
    /// # Errors
    /// When the store cannot be reached or fails; then some may be marked.
    pub async fn mark_all_read(&self, account: AccountId) -> Result<(), CommitError> {
        while decide(|| self.mark_some_read(account)).await? {}
        Ok(())
    }

    /// Marks a batch; whether there was one.
    async fn mark_some_read(
        &self,
        account: AccountId,
    ) -> Result<Result<bool, CommitError>, CommitError> {
        let unread = self.store.unread(account, BATCH).await?;
        if unread.is_empty() {
            return Ok(Ok(false));
        }
        let now = self.clock.now();
        let change = unread
            .into_iter()
            .filter_map(|notification| notification.mark(true, now))
            .fold(ChangeSet::new(), |change, read| {
                tell(change, read, now, &Cause::default())
            });
        Ok(self.store.commit(change).await.map(|()| true))
    }
}
