//! I end a session.

use kith_shared::ids::{AccountId, SessionId};
use skeleton_durable::commit::{ChangeSet, CommitError};

use super::App;
use crate::ports::Write;

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The account has no such session.
    #[error("no such session")]
    Unknown,
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// Ends a session at once.
    ///
    /// # Errors
    /// See [`RevokeError`].
    pub async fn revoke_session(
        &self,
        account: AccountId,
        id: SessionId,
    ) -> Result<(), RevokeError> {
        let change = ChangeSet::new().write(Write::DeleteSession(id, account));
        match self.commit(change).await {
            Err(CommitError::Conflict(_)) => Err(RevokeError::Unknown),
            done => Ok(done?),
        }
    }
}
