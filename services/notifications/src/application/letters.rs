//! The mail that this service writes.

use jiff::{Timestamp, tz::TimeZone};
use skeleton_mail::{Letter, Mail};
use uuid::Uuid;

use crate::{
    domain::{notification::Notification, reminder::Reminder},
    ports::Contact,
};

/// Writes mail whose links lead to one instance.
#[derive(Clone, Debug)]
pub struct Letters {
    public_url: Option<String>,
}

impl Letters {
    /// Links begin with `public_url`; without one there are none.
    #[must_use]
    pub fn new(public_url: Option<&str>) -> Self {
        Self {
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
        }
    }

    /// About a reminder that fell due. Days and hours are the account's.
    #[must_use]
    pub fn reminder_due(
        &self,
        reminder: &Reminder,
        told: &Notification,
        contact: &Contact,
        now: Timestamp,
    ) -> Mail {
        let zone = TimeZone::get(&contact.time_zone).unwrap_or(TimeZone::UTC);
        let when = reminder
            .due_at
            .to_zoned(zone)
            .strftime("%A, %-d %B %Y, %H:%M %Z");
        let link = told.link.as_deref().unwrap_or("/reminders");
        let (link, place) = match &self.public_url {
            Some(url) => (format!("{url}{link}\n\n"), format!("at {url}/settings")),
            None => (String::new(), "in the settings".to_owned()),
        };
        let letter = Letter {
            id: Uuid::new_v5(&told.id.0, b"mail"),
            recipient: contact.email.clone(),
            // A subject is one line, whatever the note holds.
            subject: format!("Reminder: {}", told.title.replace(char::is_control, " ")),
            body: format!(
                "{}\n\nDue {when}.\n\n{link}\
                 You asked for mail about reminders; change it {place}.\n",
                reminder.note,
            ),
            created_at: now,
        };
        Mail {
            account: Some(reminder.account.0),
            letter,
        }
    }
}
