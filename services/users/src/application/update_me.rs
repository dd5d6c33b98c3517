//! I edit my account.

use kith_shared::ids::AccountId;
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::{App, circles::CIRCLES_LIMIT};
use crate::{
    domain::account::{Account, Edit},
    ports::Write,
};

/// Why an account was not edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It was erased.
    #[error("no such account")]
    Unknown,
    /// It is at another version than the caller saw.
    #[error("the account is at version {0}")]
    Changed(i64),
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// Edits an account; its circles hear of a new name. `seen` tells whether the version is the
    /// one that the caller saw.
    ///
    /// # Errors
    /// See [`EditError`].
    pub async fn update_me(
        &self,
        id: AccountId,
        edit: Edit,
        seen: impl Fn(i64) -> bool,
    ) -> Result<Account, EditError> {
        decide(async || {
            let account = self.load(id).await?.ok_or(EditError::Unknown)?;
            if !seen(account.version) {
                return Err(EditError::Changed(account.version));
            }
            let (expected, name) = (account.version, account.display_name.clone());
            let account = account.edit(edit.clone());
            let now = self.now();
            let mut change = ChangeSet::new()
                .write(Write::SaveAccount(Box::new(account.clone()), expected))
                .event(&account.changed(&self.key_hasher), now, &Self::cause());
            if account.display_name != name {
                change = self.tell_circles_within(change, &account).await?;
            }
            Ok(self.commit(change).await.map(|()| account))
        })
        .await
    }

    /// Adds to a change that the circles of an account know its new name.
    async fn tell_circles_within(
        &self,
        mut change: ChangeSet<Write>,
        account: &Account,
    ) -> Result<ChangeSet<Write>, CommitError> {
        for circle in self
            .store
            .circles_of(account.id, None, CIRCLES_LIMIT)
            .await?
        {
            let expected = circle.version;
            let circle = circle.renamed_member();
            let event = self.circle_event(&circle, Some(account)).await?;
            change = change.write(Write::SaveCircle(circle, expected)).event(
                &event,
                self.now(),
                &Self::cause(),
            );
        }
        Ok(change)
    }
}
