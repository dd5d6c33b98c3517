//! Rows as what they mean. One that cannot be read is an error that names it, never a default.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, NotificationId, PersonId, ReminderId};
use skeleton_durable::{
    commit::CommitError,
    stored::{self, Unreadable},
};
use uuid::Uuid;

use super::scan::{Row, column};
use crate::{
    adapters::store::stored::StoredMembers,
    domain::{
        notification::{Kind, Member, Notification},
        reminder::{Reminder, Status},
    },
    ports::{Contact, Preferences},
};

/// The rows that [`reminder`] reads, of those that follow.
macro_rules! reminders {
    ($which:literal) => {
        concat!(
            "SELECT id, account, version, person, label, note, due_at, status, created_at FROM reminder ",
            $which
        )
    };
}
pub(super) use reminders;

/// The rows that [`notification`] reads, of those that follow.
macro_rules! notifications {
    ($which:literal) => {
        concat!(
            "SELECT id, account, version, kind, title, body, link, created_at, read_at FROM notification ",
            $which
        )
    };
}
pub(super) use notifications;

/// A column of a table that holds microseconds since 1970.
fn time(row: &Row, at: (&str, &str)) -> Result<Timestamp, CommitError> {
    Ok(stored::moment(
        column(row, at.1)?,
        at,
        column::<Uuid>(row, "id")?,
    )?)
}

pub(super) fn reminder(row: &Row) -> Result<Reminder, CommitError> {
    Ok(Reminder {
        id: ReminderId(column(row, "id")?),
        account: AccountId(column(row, "account")?),
        version: column(row, "version")?,
        person: column::<Option<Uuid>>(row, "person")?.map(PersonId),
        label: column(row, "label")?,
        note: column(row, "note")?,
        due_at: time(row, ("reminder", "due_at"))?,
        status: Status::parse(column(row, "status")?),
        created_at: time(row, ("reminder", "created_at"))?,
    })
}

pub(super) fn notification(row: &Row) -> Result<Notification, CommitError> {
    let id: Uuid = column(row, "id")?;
    let read_at: Option<i64> = column(row, "read_at")?;
    Ok(Notification {
        id: NotificationId(id),
        account: AccountId(column(row, "account")?),
        version: column(row, "version")?,
        kind: Kind::parse(column(row, "kind")?),
        title: column(row, "title")?,
        body: column(row, "body")?,
        link: column(row, "link")?,
        created_at: time(row, ("notification", "created_at"))?,
        read_at: read_at
            .map(|at| stored::moment(at, ("notification", "read_at"), id))
            .transpose()?,
    })
}

pub(super) fn preferences(row: &Row) -> Result<Preferences, CommitError> {
    let (account, mail): (Uuid, i64) = (column(row, "account")?, column(row, "reminder_mail")?);
    let reminder_mail = match mail {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    let at = ("preferences", "reminder_mail");
    Ok(Preferences {
        reminder_mail: stored::known(reminder_mail, at, account, "0 or 1", mail)?,
    })
}

pub(super) fn contact(row: &Row) -> Result<Contact, CommitError> {
    Ok(Contact {
        email: column(row, "email")?,
        time_zone: column(row, "time_zone")?,
    })
}

/// Version and members of a circle.
pub(super) fn circle(row: &Row) -> Result<(i64, Vec<Member>), CommitError> {
    let id: Uuid = column(row, "id")?;
    let members: Result<StoredMembers, Unreadable> = stored::read(column(row, "members")?, id);
    Ok((column(row, "version")?, members?.members()))
}
