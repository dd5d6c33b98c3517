//! The use cases: what this service can be asked to do, and what it does by itself.
//!
//! | | use case | file |
//! |---|---|---|
//! | command | `create_reminder` | `create_reminder` |
//! | command | `edit_reminder`, `drop_reminder` | `edit_reminder` |
//! | command | `mark_notification`, `mark_all_read` | `mark_read` |
//! | command | `edit_preferences` | `edit_preferences` |
//! | query | reminders, notifications, preferences | asked of the [`Store`] |
//! | event | `apply_events`: what other services' events mean to an account | `apply_events` |
//! | by itself | `keep_time`: reminders fall due | `fall_due` |
//! | replay | what is held | `replay` |

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use skeleton_durable::{
    Cause,
    clock::Clock,
    commit::{ChangeSet, CommitError},
};
use tokio::sync::Notify;
use uuid::Uuid;

use self::letters::Letters;
use crate::{
    domain::{notification::Notification, reminder::BadReminder},
    ports::{Store, Write},
};

pub mod apply_events;
pub mod create_reminder;
pub mod edit_preferences;
pub mod edit_reminder;
pub mod fall_due;
pub mod letters;
pub mod mark_read;
pub mod replay;

/// What every use case works with.
#[derive(Clone)]
pub struct App {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    /// Ids for what is new; they rise with time.
    pub new_id: fn() -> Uuid,
    pub letters: Letters,
    /// Told when a reminder may fall due earlier than was known.
    pub reminders_changed: Arc<Notify>,
    /// Told when mail waits.
    pub mail_queued: Arc<Notify>,
}

/// Why a reminder was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum ReminderError {
    /// The account has no such reminder.
    #[error("no such reminder")]
    NotFound,
    /// It is in another version than the caller believes.
    #[error("it is in version {current}")]
    Version {
        /// The version it is in.
        current: i64,
    },
    /// It cannot be so.
    #[error(transparent)]
    Bad(#[from] BadReminder),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] CommitError),
}

/// Adds a notification and the event that tells of it.
fn tell(
    change: ChangeSet<Write>,
    notification: Notification,
    now: Timestamp,
    cause: &Cause,
) -> ChangeSet<Write> {
    change
        .event(&notification.changed(), now, cause)
        .write(Write::Notification(notification))
}

/// How long from `now` until `at`; nothing if that has passed.
fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}
