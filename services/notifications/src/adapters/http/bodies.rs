//! Reminders, notifications and preferences as callers see them.

use jiff::Timestamp;
use kith_shared::ids::{NotificationId, PersonId, ReminderId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::{
        notification::Notification,
        reminder::{Reminder, Status},
    },
    ports::Preferences,
};

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

/// Something that the caller was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub(super) struct NotificationBody {
    id: NotificationId,
    /// `import_succeeded`, `import_failed`, `reminder_due`, `circle_invitation` or
    /// `circle_joined`; others may come.
    kind: String,
    /// One line.
    title: String,
    /// More, where there is more.
    body: Option<String>,
    /// Where it leads in the web app, a path.
    link: Option<String>,
    created_at: Timestamp,
    read_at: Option<Timestamp>,
}

impl From<Notification> for NotificationBody {
    fn from(told: Notification) -> Self {
        Self {
            id: told.id,
            kind: told.kind.as_str().to_owned(),
            title: told.title,
            body: told.body,
            link: told.link,
            created_at: told.created_at,
            read_at: told.read_at,
        }
    }
}

/// How the caller wants to be told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preferences)]
pub(super) struct PreferencesBody {
    /// Whether a due reminder is mailed too; not unless asked for.
    reminder_mail: bool,
}

impl From<Preferences> for PreferencesBody {
    fn from(preferences: Preferences) -> Self {
        Self {
            reminder_mail: preferences.reminder_mail,
        }
    }
}
