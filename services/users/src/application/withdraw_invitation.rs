//! An invitation is taken back.

use kith_shared::ids::{AccountId, CircleId, InvitationId};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::{App, circles::CircleError};

/// Why an invitation was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// There is no such circle or invitation in it, or the account is no member.
    #[error("no such invitation")]
    Unknown,
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl From<CircleError> for WithdrawError {
    fn from(error: CircleError) -> Self {
        match error {
            CircleError::Internal(error) => Self::Internal(error),
            _ => Self::Unknown,
        }
    }
}

impl App {
    /// Takes an open invitation back. Any member may.
    ///
    /// # Errors
    /// [`WithdrawError::Unknown`] also where it was answered meanwhile.
    pub async fn withdraw_invitation(
        &self,
        account: AccountId,
        circle: CircleId,
        id: InvitationId,
    ) -> Result<(), WithdrawError> {
        decide(async || {
            let circle = self.circle_of(account, circle).await?;
            let invitation = self
                .store
                .invitation(id)
                .await?
                .filter(|found| found.circle_id == circle.id && found.is_open(self.now()))
                .ok_or(WithdrawError::Unknown)?;
            let change = self
                .withdraw_within(ChangeSet::new(), invitation, &circle.name)
                .await?;
            Ok(self.commit(change).await)
        })
        .await
    }
}
