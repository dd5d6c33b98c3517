//! The API: one endpoint, one file.

mod bodies;
mod create_reminder;
mod delete_reminder;
mod edit_notification;
mod edit_preferences;
mod edit_reminder;
mod get_preferences;
mod get_reminder;
mod list_notifications;
mod list_reminders;
mod problems;
mod read_all;

use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
};

use crate::application::App;

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
