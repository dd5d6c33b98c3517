//! Preferences as callers see and send them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ports::Preferences;

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
