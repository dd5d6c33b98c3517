//! A reminder as callers see it.

use jiff::Timestamp;
use kith_shared::ids::{PersonId, ReminderId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::reminder::{Reminder, Status};

/// A reminder.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reminder)]
pub(super) struct ReminderBody {
    id: ReminderId,
    /// The person it is about.
    person_id: Option<PersonId>,
    /// What it is about, in a word.
    label: Option<String>,
    /// What to think of.
    note: String,
    due_at: Timestamp,
    status: StatusBody,
    created_at: Timestamp,
    /// Rises with every change.
    version: i64,
}

/// Where a reminder stands.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReminderStatus)]
pub(super) enum StatusBody {
    /// Its time has not come.
    Pending,
    /// Its time has come.
    Due,
    /// Put away.
    Done,
}

impl From<StatusBody> for Status {
    fn from(status: StatusBody) -> Self {
        match status {
            StatusBody::Pending => Self::Pending,
            StatusBody::Due => Self::Due,
            StatusBody::Done => Self::Done,
        }
    }
}

impl From<&Status> for StatusBody {
    fn from(status: &Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Due => Self::Due,
            // One of a later version is nothing to be done about here.
            Status::Done | Status::Other(_) => Self::Done,
        }
    }
}

impl From<&Reminder> for ReminderBody {
    fn from(reminder: &Reminder) -> Self {
        Self {
            id: reminder.id,
            person_id: reminder.person,
            label: reminder.label.clone(),
            note: reminder.note.clone(),
            due_at: reminder.due_at,
            status: (&reminder.status).into(),
            created_at: reminder.created_at,
            version: reminder.version,
        }
    }
}
