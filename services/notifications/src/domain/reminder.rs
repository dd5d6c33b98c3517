//! A reminder: pending until its time, then due until someone says that it is done.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId, ReminderId};

/// Longest note, in characters.
pub const NOTE_LIMIT: usize = 2_000;
/// Longest label, in characters.
pub const LABEL_LIMIT: usize = 200;

/// Where a reminder stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Its time has not come.
    Pending,
    /// Its time has come and the account was told.
    Due,
    Done,
    /// Of a later version: kept and shown as it is until the account chooses another. Time does
    /// nothing with it.
    Other(String),
}

impl Status {
    /// As it is written outside.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Due => "due",
            Self::Done => "done",
            Self::Other(text) => text,
        }
    }

    /// Reads what [`Status::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        [Self::Pending, Self::Due, Self::Done]
            .into_iter()
            .find(|status| status.as_str() == text)
            .unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

/// Something to be reminded of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    pub id: ReminderId,
    pub account: AccountId,
    /// Rises with every change; 1 when new.
    pub version: i64,
    /// The person it is about.
    pub person: Option<PersonId>,
    /// What it is about, in a word: the person's name when it was made.
    pub label: Option<String>,
    /// What to think of.
    pub note: String,
    pub due_at: Timestamp,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What someone changes of a reminder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    pub due_at: Option<Timestamp>,
    pub note: Option<String>,
    /// Put away, or taken up again.
    pub status: Option<Status>,
}

/// Why a reminder is not as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReminder {
    /// The note is empty or too long.
    #[error("expected a note of 1 to {NOTE_LIMIT} characters, found {0}")]
    Note(usize),
    /// The label is too long.
    #[error("expected a label of at most {LABEL_LIMIT} characters, found {0}")]
    Label(usize),
    /// Only time makes a reminder due.
    #[error("expected pending or done: only time makes a reminder due")]
    Status,
}

/// A note without blanks at its ends.
///
/// # Errors
/// When it is empty or too long.
pub fn parse_note(text: &str) -> Result<String, BadReminder> {
    let text = text.trim();
    match text.chars().count() {
        1..=NOTE_LIMIT => Ok(text.to_owned()),
        found => Err(BadReminder::Note(found)),
    }
}

/// A label without blanks at its ends; an empty one is none.
///
/// # Errors
/// When it is too long.
pub fn parse_label(text: &str) -> Result<Option<String>, BadReminder> {
    let text = text.trim();
    match text.chars().count() {
        0 => Ok(None),
        1..=LABEL_LIMIT => Ok(Some(text.to_owned())),
        found => Err(BadReminder::Label(found)),
    }
}

impl Reminder {
    /// The same reminder, changed. One that is put off waits again; one that is done stays so
    /// unless it is taken up.
    ///
    /// # Errors
    /// When the edit asks for what only time may do, or the note is none.
    pub fn edit(self, edit: Edit) -> Result<Self, BadReminder> {
        let status = match (edit.status, self.status) {
            (Some(Status::Due), current) if current != Status::Due => {
                return Err(BadReminder::Status);
            }
            (Some(status), _) => status,
            (None, Status::Due) if edit.due_at.is_some_and(|at| at != self.due_at) => {
                Status::Pending
            }
            (None, current) => current,
        };
        Ok(Self {
            version: self.version + 1,
            note: edit
                .note
                .as_deref()
                .map(parse_note)
                .transpose()?
                .unwrap_or(self.note),
            due_at: edit.due_at.unwrap_or(self.due_at),
            status,
            ..self
        })
    }

    /// The same reminder, due; none if it is not pending or its time has not come.
    #[must_use]
    pub fn fall_due(self, now: Timestamp) -> Option<Self> {
        (self.status == Status::Pending && self.due_at <= now).then(|| Self {
            version: self.version + 1,
            status: Status::Due,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reminder(status: Status) -> Reminder {
        Reminder {
            id: ReminderId::generate(),
            account: AccountId::generate(),
            version: 1,
            person: None,
            label: None,
            note: "call".to_owned(),
            due_at: Timestamp::from_second(100).unwrap(),
            status,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn time_makes_a_pending_reminder_due_and_nothing_else() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(reminder(Status::Pending).fall_due(at(99)).is_none());
        let due = reminder(Status::Pending).fall_due(at(100)).unwrap();
        assert_eq!((&due.status, due.version), (&Status::Due, 2));
        assert!(due.fall_due(at(200)).is_none());
        assert!(reminder(Status::Done).fall_due(at(200)).is_none());
        let edit = Edit {
            status: Some(Status::Due),
            ..Edit::default()
        };
        assert_eq!(
            reminder(Status::Pending).edit(edit),
            Err(BadReminder::Status)
        );
    }

    #[test]
    fn a_due_reminder_that_is_put_off_waits_again() {
        let later = Edit {
            due_at: Timestamp::from_second(500).ok(),
            ..Edit::default()
        };
        let status = |from| reminder(from).edit(later.clone()).unwrap().status;
        assert_eq!(status(Status::Due), Status::Pending);
        assert_eq!(status(Status::Done), Status::Done);
        let note = Edit {
            note: Some(" write ".to_owned()),
            ..Edit::default()
        };
        let edited = reminder(Status::Due).edit(note).unwrap();
        assert_eq!(
            (edited.status, edited.note.as_str()),
            (Status::Due, "write")
        );
        let empty = Edit {
            note: Some(" ".to_owned()),
            ..Edit::default()
        };
        assert_eq!(reminder(Status::Due).edit(empty), Err(BadReminder::Note(0)));
    }
}
