//! My account.

use kith_shared::ids::AccountId;
use skeleton_durable::commit::CommitError;

use super::App;
use crate::domain::account::Account;

impl App {
    /// An account, unless it was erased.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn get_me(&self, id: AccountId) -> Result<Option<Account>, CommitError> {
        self.load(id).await
    }
}
