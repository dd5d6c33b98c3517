//! A notification as callers see it.

use jiff::Timestamp;
use kith_shared::ids::NotificationId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::notification::Notification;

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
