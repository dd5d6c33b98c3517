//! The API: one endpoint, one file.

mod create_reminder;
mod delete_reminder;
mod edit_notification;
mod edit_preferences;
mod edit_reminder;
mod get_preferences;
mod get_reminder;
mod list_notifications;
mod list_reminders;
mod notification_body;
mod preferences_body;
mod read_all;
mod reminder_body;

use std::time::Duration;

use skeleton_durable::commit::CommitError;
use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
    problem::Problem,
};

use crate::{
    application::{App, ReminderError},
    domain::reminder::BadReminder,
};

/// The guarded API.
pub(crate) fn routes(app: App, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        create_reminder::create_reminder,
        list_reminders::list_reminders,
        get_reminder::get_reminder,
        edit_reminder::edit_reminder,
        delete_reminder::delete_reminder,
        list_notifications::list_notifications,
        edit_notification::edit_notification,
        read_all::read_all_notifications,
        get_preferences::get_preferences,
        edit_preferences::edit_preferences,
    ];
    RequireCaller::new(tokens).guard(routes.with_state(app))
}

/// What an error of the store means to the caller.
fn store_problem(error: CommitError) -> Problem {
    match error {
        CommitError::Conflict(reason) => Problem::conflict(reason),
        CommitError::Repeated => Problem::conflict("the idempotency key is in use"),
        CommitError::Unavailable(_) => {
            tracing::warn!(%error, "request put off");
            Problem::unavailable(Duration::from_secs(1))
        }
        error => Problem::internal(&error),
    }
}

/// What an error about a reminder means to the caller.
fn reminder_problem(error: ReminderError) -> Problem {
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
        ReminderError::Store(error) => store_problem(error),
    }
}
