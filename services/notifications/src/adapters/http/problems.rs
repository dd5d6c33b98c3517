//! Errors of use cases as problems: the one place.

use skeleton_host::problem::Problem;

pub(super) use skeleton_service::problems::store;

use crate::{
    application::{ReminderError, mark_read::MarkError},
    domain::reminder::BadReminder,
};

/// What an error about a reminder means to the caller.
pub(super) fn reminder(error: ReminderError) -> Problem {
    match error {
        ReminderError::NotFound => Problem::not_found("reminder"),
        ReminderError::Version { current } => Problem::version_mismatch(current),
        ReminderError::Bad(error) => {
            let pointer = match error {
                BadReminder::Note(_) => "/note",
                BadReminder::Label(_) => "/label",
                BadReminder::Status => "/status",
            };
            Problem::field(pointer, error.to_string())
        }
        ReminderError::Store(error) => store(error),
    }
}

/// What an error about a notification means to the caller.
pub(super) fn mark(error: MarkError) -> Problem {
    match error {
        MarkError::NotFound => Problem::not_found("notification"),
        MarkError::Store(error) => store(error),
    }
}
