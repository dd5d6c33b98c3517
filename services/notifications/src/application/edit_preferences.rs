//! Someone says how they want to be told.

use kith_shared::ids::AccountId;
use skeleton_durable::commit::{ChangeSet, CommitError};

use super::App;
use crate::ports::{Preferences, Write};

impl App {
    /// Changes what is named and leaves the rest.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn edit_preferences(
        &self,
        account: AccountId,
        reminder_mail: Option<bool>,
    ) -> Result<Preferences, CommitError> {
        let current = self.store.preferences(account).await?;
        let wanted = Preferences {
            reminder_mail: reminder_mail.unwrap_or(current.reminder_mail),
        };
        if wanted != current {
            let change = ChangeSet::new().write(Write::Preferences(account, wanted));
            self.store.commit(change).await?;
        }
        Ok(wanted)
    }
}
