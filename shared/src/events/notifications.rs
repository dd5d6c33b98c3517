//! Published by the service `notifications`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skeleton_envelope::Event;
use uuid::Uuid;

use crate::ids::{AccountId, NotificationId};

/// An account was told something, or has read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationChanged {
    /// The notification.
    pub notification_id: NotificationId,
    /// Who was told.
    pub account_id: AccountId,
    /// Rises with every change.
    pub version: i64,
    /// What about: `import_succeeded`, `import_failed`, `reminder_due`, `circle_invitation`,
    /// `circle_joined`. Consumers show kinds that they do not know by their title.
    pub kind: String,
    /// One line.
    pub title: String,
    /// Where it leads in the web app, a path.
    pub link: Option<String>,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

impl Event for NotificationChanged {
    const TYPE: &'static str = "notifications.notification-changed";
    fn subject(&self) -> String {
        self.notification_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id.0)
    }
}
