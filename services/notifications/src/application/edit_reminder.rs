//! Someone puts a reminder off, away, or drops it.

use kith_shared::ids::{AccountId, ReminderId};
use skeleton_durable::commit::{ChangeSet, CommitError};

use super::{App, ReminderError};
use crate::{
    domain::reminder::{Edit, Reminder},
    ports::Write,
};

impl App {
    /// Changes a reminder; `expected` is the version that the caller has seen, if it says so.
    ///
    /// # Errors
    /// See [`ReminderError`].
    pub async fn edit_reminder(
        &self,
        account: AccountId,
        id: ReminderId,
        edit: Edit,
        expected: Option<i64>,
    ) -> Result<Reminder, ReminderError> {
        let reminder = self.load(account, id, expected).await?;
        if edit == Edit::default() {
            return Ok(reminder);
        }
        let edited = reminder.edit(edit)?;
        let change = ChangeSet::new().write(Write::Reminder(edited.clone()));
        self.commit_reminder(account, id, change).await?;
        Ok(edited)
    }

    /// Drops a reminder.
    ///
    /// # Errors
    /// See [`ReminderError`].
    pub async fn drop_reminder(
        &self,
        account: AccountId,
        id: ReminderId,
        expected: Option<i64>,
    ) -> Result<(), ReminderError> {
        let reminder = self.load(account, id, expected).await?;
        let change = ChangeSet::new().write(Write::DropReminder(reminder));
        self.commit_reminder(account, id, change).await
    }

    async fn load(
        &self,
        account: AccountId,
        id: ReminderId,
        expected: Option<i64>,
    ) -> Result<Reminder, ReminderError> {
        let found = self.store.reminder(account, id).await?;
        let reminder = found.ok_or(ReminderError::NotFound)?;
        match expected {
            Some(expected) if expected != reminder.version => Err(ReminderError::Version {
                current: reminder.version,
            }),
            _ => Ok(reminder),
        }
    }

    /// Commits; a conflict means that somebody, or time, was faster.
    async fn commit_reminder(
        &self,
        account: AccountId,
        id: ReminderId,
        change: ChangeSet<Write>,
    ) -> Result<(), ReminderError> {
        match self.store.commit(change).await {
            Ok(()) => {
                self.reminders_changed.notify_one();
                Ok(())
            }
            Err(CommitError::Conflict(_)) => {
                let current = self.load(account, id, None).await?.version;
                Err(ReminderError::Version { current })
            }
            Err(error) => Err(error.into()),
        }
    }
}
