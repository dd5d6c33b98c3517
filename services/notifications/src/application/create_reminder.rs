//! Someone wants to be reminded.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId, ReminderId};
use skeleton_durable::commit::{ChangeSet, KeptAnswer};

use super::{App, ReminderError};
use crate::{
    domain::reminder::{Reminder, Status, parse_label, parse_note},
    ports::Write,
};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewReminder {
    /// The person it is about.
    pub person: Option<PersonId>,
    /// What it is about, in a word.
    pub label: Option<String>,
    /// What to think of.
    pub note: String,
    /// When. A time that has passed is due at once.
    pub due_at: Timestamp,
}

impl App {
    /// Makes a reminder; `answer` is kept for a repetition of the request.
    ///
    /// # Errors
    /// See [`ReminderError`].
    pub async fn create_reminder(
        &self,
        account: AccountId,
        asked: NewReminder,
        answer: impl FnOnce(&Reminder) -> Option<KeptAnswer>,
    ) -> Result<Reminder, ReminderError> {
        let reminder = Reminder {
            id: ReminderId((self.new_id)()),
            account,
            version: 1,
            person: asked.person,
            label: asked
                .label
                .as_deref()
                .map(parse_label)
                .transpose()?
                .flatten(),
            note: parse_note(&asked.note)?,
            due_at: asked.due_at,
            status: Status::Pending,
            created_at: self.clock.now(),
        };
        let change = ChangeSet::new()
            .answer(answer(&reminder))
            .write(Write::Reminder(reminder.clone()));
        self.store.commit(change).await?;
        self.reminders_changed.notify_one();
        Ok(reminder)
    }
}
