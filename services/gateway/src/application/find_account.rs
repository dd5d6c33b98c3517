//! The account for which the operator acts.

use std::time::Duration;

use skeleton_durable::commit::CommitError;
use uuid::Uuid;

use super::App;

/// How often an account that is not known yet is looked for, and how long between.
const LOOKS: usize = 20;
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl App {
    /// The account with an address. One that was made a moment ago may only be about to be told of.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn find_account(&self, email: &str) -> Result<Option<Uuid>, CommitError> {
        for _ in 0..LOOKS {
            if let Some(account) = self.store.account_of(email).await? {
                return Ok(Some(account));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(None)
    }
}
