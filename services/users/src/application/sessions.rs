//! My sessions: list them, end one.

use kith_shared::ids::{AccountId, SessionId};
use skeleton_durable::commit::ChangeSet;

use super::{Committed, Failure, Users};
use crate::{domain::session::Session, ports::Change};

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The account has no such session.
    #[error("no such session")]
    Unknown,
    /// See [`Failure`].
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Users {
    /// Sessions that are alive, newest first.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn list_sessions(
        &self,
        account: AccountId,
        before: Option<SessionId>,
        limit: usize,
    ) -> Result<Vec<Session>, Failure> {
        Ok(self
            .store
            .sessions(account, self.now(), before, limit)
            .await?)
    }

    /// Ends a session at once.
    ///
    /// # Errors
    /// See [`RevokeError`].
    pub async fn revoke_session(
        &self,
        account: AccountId,
        id: SessionId,
    ) -> Result<(), RevokeError> {
        match self
            .commit(ChangeSet::new().write(Change::DeleteSession(id, account)))
            .await?
        {
            Committed::Yes => Ok(()),
            Committed::Conflict => Err(RevokeError::Unknown),
        }
    }
}
