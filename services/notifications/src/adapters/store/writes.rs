//! How changes are written.

use jiff::Timestamp;
use kith_shared::{events::users::AccountChanged, ids::AccountId};
use skeleton_durable::{sql::WriteError, stored};

use super::{Write as SqlWrite, dialect::Connection, mail};
use crate::{
    adapters::store::stored::StoredMembers,
    domain::{
        notification::{Circle, Invitation, Notification},
        reminder::Reminder,
    },
    ports::{Preferences, Write},
};

impl SqlWrite for Write {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        match self {
            Self::Reminder(reminder) => write_reminder(on, reminder).await,
            Self::DropReminder(reminder) => drop_reminder(on, reminder).await,
            Self::Notification(notification) => write_notification(on, notification).await,
            Self::Preferences(account, preferences) => prefer(on, *account, *preferences).await,
            Self::QueueMail(mail) => mail::queue(on, "account", mail).await,
            Self::Account(account) => write_account(on, account).await,
            Self::Circle(circle) => write_circle(on, circle).await,
            Self::Invitation(invitation) => write_invitation(on, invitation).await,
            Self::Erase(account, version) => erase(on, *account, *version).await,
        }
    }
}

async fn write_reminder(on: &mut Connection, reminder: &Reminder) -> Result<(), WriteError> {
    let text = if reminder.version == 1 {
        "INSERT INTO reminder (id, account, version, note, due_at, status, person, label, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    } else {
        "UPDATE reminder SET version = $3, note = $4, due_at = $5, status = $6, person = $7, \
         label = $8, created_at = $9 WHERE id = $1 AND account = $2 AND version = $3 - 1"
    };
    let written = sqlx::query(text)
        .bind(reminder.id.0)
        .bind(reminder.account.0)
        .bind(reminder.version)
        .bind(&reminder.note)
        .bind(reminder.due_at.as_microsecond())
        .bind(reminder.status.as_str())
        .bind(reminder.person.map(|id| id.0))
        .bind(reminder.label.as_deref())
        .bind(reminder.created_at.as_microsecond())
        .execute(on)
        .await?;
    WriteError::unless_one(written.rows_affected(), "the reminder's version")
}

async fn drop_reminder(on: &mut Connection, reminder: &Reminder) -> Result<(), WriteError> {
    let written =
        sqlx::query("DELETE FROM reminder WHERE id = $1 AND account = $2 AND version = $3")
            .bind(reminder.id.0)
            .bind(reminder.account.0)
            .bind(reminder.version)
            .execute(on)
            .await?;
    WriteError::unless_one(written.rows_affected(), "the reminder's version")
}

async fn write_notification(on: &mut Connection, told: &Notification) -> Result<(), WriteError> {
    let written = sqlx::query(
        "INSERT INTO notification (id, account, version, kind, title, body, link, created_at, read_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, read_at = excluded.read_at \
         WHERE notification.version = excluded.version - 1",
    )
    .bind(told.id.0)
    .bind(told.account.0)
    .bind(told.version)
    .bind(told.kind.as_str())
    .bind(&told.title)
    .bind(told.body.as_deref())
    .bind(told.link.as_deref())
    .bind(told.created_at.as_microsecond())
    .bind(told.read_at.map(Timestamp::as_microsecond))
    .execute(on)
    .await?;
    if told.version == 1 {
        return Ok(());
    }
    WriteError::unless_one(written.rows_affected(), "the notification's version")
}

async fn prefer(
    on: &mut Connection,
    account: AccountId,
    preferences: Preferences,
) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO preferences (account, reminder_mail) VALUES ($1, $2) \
         ON CONFLICT (account) DO UPDATE SET reminder_mail = excluded.reminder_mail",
    )
    .bind(account.0)
    .bind(i64::from(preferences.reminder_mail))
    .execute(on)
    .await?;
    Ok(())
}

async fn write_account(on: &mut Connection, account: &AccountChanged) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO account (id, version, email, time_zone, erased) VALUES ($1, $2, $3, $4, 0) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, email = excluded.email, \
         time_zone = excluded.time_zone \
         WHERE excluded.version > account.version AND account.erased = 0",
    )
    .bind(account.account_id.0)
    .bind(account.version)
    .bind(&account.email)
    .bind(&account.time_zone)
    .execute(on)
    .await?;
    Ok(())
}

async fn write_circle(on: &mut Connection, circle: &Circle) -> Result<(), WriteError> {
    let members = stored::write(&StoredMembers::of(&circle.members));
    sqlx::query(
        "INSERT INTO circle (id, version, members) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, members = excluded.members \
         WHERE excluded.version > circle.version",
    )
    .bind(circle.circle_id.0)
    .bind(circle.version)
    .bind(members)
    .execute(on)
    .await?;
    Ok(())
}

async fn write_invitation(on: &mut Connection, invitation: &Invitation) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO invitation (id, version) VALUES ($1, $2) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version \
         WHERE excluded.version > invitation.version",
    )
    .bind(invitation.invitation_id.0)
    .bind(invitation.version)
    .execute(on)
    .await?;
    Ok(())
}

async fn erase(on: &mut Connection, account: AccountId, version: i64) -> Result<(), WriteError> {
    for text in [
        "DELETE FROM reminder WHERE account = $1",
        "DELETE FROM notification WHERE account = $1",
        "DELETE FROM preferences WHERE account = $1",
        "DELETE FROM mail WHERE account = $1",
        "DELETE FROM kept_answer WHERE account = $1",
    ] {
        sqlx::query(text).bind(account.0).execute(&mut *on).await?;
    }
    sqlx::query(
        "INSERT INTO account (id, version, email, time_zone, erased) VALUES ($1, $2, '', '', 1) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, email = '', time_zone = '', \
         erased = 1",
    )
    .bind(account.0)
    .bind(version)
    .execute(on)
    .await?;
    Ok(())
}
