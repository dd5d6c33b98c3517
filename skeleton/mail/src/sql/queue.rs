//! Letters as rows.

use async_trait::async_trait;
use jiff::Timestamp;
use skeleton_durable::{
    commit::{ChangeSet, Commit, CommitError},
    sql::{WriteError, classify},
    stored,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    Store, Write,
    dialect::Connection,
    scan::{self, Key, Row, Table, column},
};
use crate::{Letter, Mail, MailQueue, QueuedMail};

/// The table, to be read row by row.
pub const TABLE: Table = Table {
    name: "mail",
    key: &[Key::Id("id")],
    columns: "*",
    read: |row| {
        column::<Option<i64>>(row, "due_at")?;
        mail(row).map(drop)
    },
};

/// Queues a letter within a service's commit; `account_column` is a constant of the service's.
///
/// # Errors
/// When the database fails.
pub async fn queue(
    on: &mut Connection,
    account_column: &'static str,
    mail: &Mail,
) -> Result<(), WriteError> {
    let letter = &mail.letter;
    let text = format!(
        "INSERT INTO mail (id, {account_column}, recipient, subject, body, created_at, attempts, \
         due_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $6) ON CONFLICT (id) DO NOTHING"
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(letter.id)
        .bind(mail.account)
        .bind(&letter.recipient)
        .bind(&letter.subject)
        .bind(&letter.body)
        .bind(letter.created_at.as_microsecond())
        .execute(on)
        .await?;
    Ok(())
}

fn mail(row: &Row) -> Result<QueuedMail, CommitError> {
    let id: Uuid = column(row, "id")?;
    let created_at = column(row, "created_at")?;
    Ok(QueuedMail {
        attempts: column(row, "attempts")?,
        letter: Letter {
            id,
            recipient: column(row, "recipient")?,
            subject: column(row, "subject")?,
            body: column(row, "body")?,
            created_at: stored::moment(created_at, ("mail", "created_at"), id)?,
        },
    })
}

#[async_trait]
impl MailQueue for Store {
    async fn mail_due(&self, now: Timestamp, limit: usize) -> Result<Vec<QueuedMail>, CommitError> {
        // One letter that cannot be read must not keep the others from leaving.
        // What waits for days was put off while the clock was ahead: an hour is the longest.
        let text = "SELECT id, recipient, subject, body, created_at, attempts FROM mail \
                    WHERE due_at <= $1 OR due_at > $1 + 86400000000 \
                    ORDER BY due_at, id LIMIT $2 OFFSET $3";
        scan::readable_due(self, text, now, limit, mail).await
    }

    async fn next_mail(&self) -> Result<Option<Timestamp>, CommitError> {
        let at: Option<i64> = sqlx::query_scalar("SELECT min(due_at) FROM mail")
            .fetch_one(self.reader())
            .await
            .map_err(classify)?;
        let at = at.map(|at| stored::moment(at, ("mail", "due_at"), "min"));
        Ok(at.transpose()?)
    }

    async fn postpone_mail(
        &self,
        id: Uuid,
        attempts: i64,
        due: Timestamp,
    ) -> Result<(), CommitError> {
        let postponed = Change::Postpone { id, attempts, due };
        self.commit(ChangeSet::new().write(postponed)).await
    }

    async fn drop_mail(&self, id: Uuid) -> Result<(), CommitError> {
        self.commit(ChangeSet::new().write(Change::Drop(id))).await
    }
}

/// What the worker writes down of a letter.
enum Change {
    Postpone {
        id: Uuid,
        attempts: i64,
        due: Timestamp,
    },
    Drop(Uuid),
}

impl Write for Change {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        match self {
            Self::Postpone { id, attempts, due } => {
                sqlx::query("UPDATE mail SET attempts = $2, due_at = $3 WHERE id = $1")
                    .bind(id)
                    .bind(attempts)
                    .bind(due.as_microsecond())
                    .execute(on)
                    .await?;
            }
            Self::Drop(id) => {
                sqlx::query("DELETE FROM mail WHERE id = $1")
                    .bind(id)
                    .execute(on)
                    .await?;
            }
        }
        Ok(())
    }
}
