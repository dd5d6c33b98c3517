//! A notification: one thing that an account was told. Its id follows from what it is about, so
//! the same thing told twice is one notification.

use jiff::Timestamp;
use kith_shared::{
    events::notifications::NotificationChanged,
    ids::{AccountId, CircleId, ImportId, InvitationId, NotificationId},
};
use serde::Deserialize;
use uuid::Uuid;

use super::reminder::Reminder;

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An import can be searched.
    ImportSucceeded,
    /// An import ended without success.
    ImportFailed,
    /// A reminder's time has come.
    ReminderDue,
    /// Someone invites the account to a circle.
    CircleInvitation,
    /// Someone new is in one of the account's circles.
    CircleJoined,
    /// Of a later version: passed on as it is.
    Other(String),
}

impl Kind {
    /// As it is written outside.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ImportSucceeded => "import_succeeded",
            Self::ImportFailed => "import_failed",
            Self::ReminderDue => "reminder_due",
            Self::CircleInvitation => "circle_invitation",
            Self::CircleJoined => "circle_joined",
            Self::Other(text) => text,
        }
    }

    /// Reads what [`Kind::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let known = [
            Self::ImportSucceeded,
            Self::ImportFailed,
            Self::ReminderDue,
            Self::CircleInvitation,
            Self::CircleJoined,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text);
        known.unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

/// What is needed here of an import as ingest tells it.
#[derive(Clone, Debug, Deserialize)]
pub struct Import {
    import_id: ImportId,
    account_id: AccountId,
    file_name: String,
    people: u64,
    problem: Option<String>,
    /// A status of a later version is no end.
    status: String,
    /// Ended by its owner; not said by the version before.
    #[serde(default)]
    cancelled: bool,
}

/// What is needed here of a circle as users tells it: not what its members show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Circle {
    pub circle_id: CircleId,
    /// Rises with every change.
    pub version: i64,
    pub name: String,
    /// Who is in it.
    pub members: Vec<Member>,
}

/// A member of a circle.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Member {
    pub account_id: AccountId,
    /// How it calls itself.
    pub display_name: String,
    pub since: Timestamp,
}

/// What is needed here of an invitation as users tells it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Invitation {
    pub invitation_id: InvitationId,
    /// Rises with every change.
    pub version: i64,
    /// The account that it is for, if that is known.
    pub invited: Option<AccountId>,
    circle_name: String,
    invited_by_name: String,
    /// In a status of a later version it waits for no answer.
    status: String,
}

impl Invitation {
    /// Whether it waits for an answer.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.status == "pending"
    }
}

/// One thing that an account was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub id: NotificationId,
    /// Who was told.
    pub account: AccountId,
    /// Rises with every change; 1 when new.
    pub version: i64,
    pub kind: Kind,
    pub title: String,
    /// More, where there is more.
    pub body: Option<String>,
    /// Where it leads in the web app, a path.
    pub link: Option<String>,
    /// When it was told.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

impl Notification {
    /// Of a reminder that fell due.
    #[must_use]
    pub fn reminder_due(reminder: &Reminder, now: Timestamp) -> Self {
        let title = match &reminder.label {
            Some(label) => format!("{label}: {}", first_line(&reminder.note)),
            None => first_line(&reminder.note).to_owned(),
        };
        let link = match reminder.person {
            Some(person) => format!("/people/{person}"),
            None => "/reminders".to_owned(),
        };
        // A reminder that is put off falls due again, in another version: that is told again.
        let id = Uuid::new_v5(&reminder.id.0, &reminder.version.to_be_bytes());
        let told = Self::new(id, reminder.account, Kind::ReminderDue, title, now);
        Self {
            body: Some(reminder.note.clone()),
            link: Some(link),
            ..told
        }
    }

    /// Of an import that ended; none while it goes on, and none where its owner ended it.
    #[must_use]
    pub fn import_ended(import: &Import, now: Timestamp) -> Option<Self> {
        // Whoever cancelled it knows.
        if import.cancelled {
            return None;
        }
        let file = &import.file_name;
        let (kind, title) = match import.status.as_str() {
            "succeeded" => (
                Kind::ImportSucceeded,
                match import.people {
                    0 => format!("{file}: nothing new"),
                    _ => format!("{file} was imported"),
                },
            ),
            "failed" => (Kind::ImportFailed, format!("{file} could not be imported")),
            _ => return None,
        };
        let id = Uuid::new_v5(&import.import_id.0, b"import ended");
        let told = Self::new(id, import.account_id, kind, title, now);
        Some(Self {
            body: import.problem.clone(),
            link: Some(format!("/imports/{}", import.import_id)),
            ..told
        })
    }

    /// Of an invitation, to the account that it is for, if that is known.
    #[must_use]
    pub fn invited(invitation: &Invitation, now: Timestamp) -> Option<Self> {
        let title = format!(
            "{} invites you to \u{201c}{}\u{201d}",
            invitation.invited_by_name, invitation.circle_name
        );
        let id = Self::of_invitation(invitation.invitation_id);
        let told = Self::new(
            id.0,
            invitation.invited?,
            Kind::CircleInvitation,
            title,
            now,
        );
        Some(Self {
            link: Some("/circles".to_owned()),
            ..told
        })
    }

    /// The notification that an invitation causes.
    #[must_use]
    pub fn of_invitation(invitation: InvitationId) -> NotificationId {
        NotificationId(Uuid::new_v5(&invitation.0, b"invited"))
    }

    /// Of everyone who joined a circle since `known` were its members, to those who were in it
    /// before.
    #[must_use]
    pub fn joined(circle: &Circle, known: &[Member], now: Timestamp) -> Vec<Self> {
        let is_known = |member: &Member| {
            known
                .iter()
                .any(|k| k.account_id == member.account_id && k.since == member.since)
        };
        let mut told = Vec::new();
        for joined in circle.members.iter().filter(|member| !is_known(member)) {
            let before = circle
                .members
                .iter()
                .filter(|member| member.since < joined.since);
            for member in before {
                let about = format!(
                    "{}/{}/{}",
                    joined.account_id,
                    joined.since.as_microsecond(),
                    member.account_id
                );
                let id = Uuid::new_v5(&circle.circle_id.0, about.as_bytes());
                let title = format!(
                    "{} joined \u{201c}{}\u{201d}",
                    joined.display_name, circle.name
                );
                let one = Self::new(id, member.account_id, Kind::CircleJoined, title, now);
                told.push(Self {
                    link: Some(format!("/circles/{}", circle.circle_id)),
                    ..one
                });
            }
        }
        told
    }

    fn new(id: Uuid, account: AccountId, kind: Kind, title: String, now: Timestamp) -> Self {
        Self {
            id: NotificationId(id),
            account,
            version: 1,
            kind,
            title,
            body: None,
            link: None,
            created_at: now,
            read_at: None,
        }
    }

    /// The same notification, read or unread; none if it is so already.
    #[must_use]
    pub fn mark(self, read: bool, now: Timestamp) -> Option<Self> {
        (self.read_at.is_some() != read).then(|| Self {
            version: self.version + 1,
            read_at: read.then_some(now),
            ..self
        })
    }

    /// What the other services are told.
    #[must_use]
    pub fn changed(&self) -> NotificationChanged {
        NotificationChanged {
            notification_id: self.id,
            account_id: self.account,
            version: self.version,
            kind: self.kind.as_str().to_owned(),
            title: self.title.clone(),
            link: self.link.clone(),
            read_at: self.read_at,
        }
    }
}

fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(120) {
        Some((end, _)) => &line[..end],
        None => line,
    }
}
