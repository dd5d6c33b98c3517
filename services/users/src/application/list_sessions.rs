//! My sessions that are alive.

use kith_shared::ids::{AccountId, SessionId};
use skeleton_durable::commit::CommitError;

use super::App;
use crate::domain::session::Session;

impl App {
    /// Sessions that are alive, newest first.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn list_sessions(
        &self,
        account: AccountId,
        before: Option<SessionId>,
        limit: usize,
    ) -> Result<Vec<Session>, CommitError> {
        self.store
            .sessions(account, self.now(), before, limit)
            .await
    }
}
