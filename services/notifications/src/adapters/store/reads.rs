//! What the store answers.

use async_trait::async_trait;
use jiff::Timestamp;
use kith_shared::{
    events::users::CircleMember,
    ids::{AccountId, CircleId, NotificationId, PersonId, ReminderId},
};
use skeleton_durable::{commit::CommitError, reconcile::Digests, sql::classify};
use skeleton_mail::Letter;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{Store, dialect::Db};
use crate::{
    domain::{
        notification::{Kind, Notification},
        reminder::{Reminder, Status},
    },
    ports::{Contact, Place, Preferences, QueuedMail, Reads},
};

const REMINDER: &str = "SELECT id, account, version, person, label, note, due_at, status, \
                        created_at FROM reminder";
const NOTIFICATION: &str = "SELECT id, account, version, kind, title, body, link, created_at, \
                            read_at FROM notification";

#[derive(FromRow)]
struct ReminderRow {
    id: Uuid,
    account: Uuid,
    version: i64,
    person: Option<Uuid>,
    label: Option<String>,
    note: String,
    due_at: i64,
    status: String,
    created_at: i64,
}

#[derive(FromRow)]
struct NotificationRow {
    id: Uuid,
    account: Uuid,
    version: i64,
    kind: String,
    title: String,
    body: Option<String>,
    link: Option<String>,
    created_at: i64,
    read_at: Option<i64>,
}

#[derive(FromRow)]
struct MailRow {
    id: Uuid,
    recipient: String,
    subject: String,
    body: String,
    created_at: i64,
    attempts: i64,
}

fn unreadable(what: &str, id: Uuid) -> CommitError {
    CommitError::Internal(anyhow::anyhow!("{what} {id} is kept unreadably"))
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

impl TryFrom<ReminderRow> for Reminder {
    type Error = CommitError;
    fn try_from(row: ReminderRow) -> Result<Self, CommitError> {
        Ok(Self {
            status: Status::parse(&row.status).ok_or_else(|| unreadable("reminder", row.id))?,
            id: ReminderId(row.id),
            account: AccountId(row.account),
            version: row.version,
            person: row.person.map(PersonId),
            label: row.label,
            note: row.note,
            due_at: time(row.due_at),
            created_at: time(row.created_at),
        })
    }
}

impl TryFrom<NotificationRow> for Notification {
    type Error = CommitError;
    fn try_from(row: NotificationRow) -> Result<Self, CommitError> {
        Ok(Self {
            kind: Kind::parse(&row.kind).ok_or_else(|| unreadable("notification", row.id))?,
            id: NotificationId(row.id),
            account: AccountId(row.account),
            version: row.version,
            title: row.title,
            body: row.body,
            link: row.link,
            created_at: time(row.created_at),
            read_at: row.read_at.map(time),
        })
    }
}

/// Runs a query and turns its rows into what they mean.
async fn all<R, T>(store: &Store, mut query: QueryBuilder<Db>) -> Result<Vec<T>, CommitError>
where
    R: for<'r> FromRow<'r, <Db as sqlx::Database>::Row> + Send + Unpin,
    T: TryFrom<R, Error = CommitError>,
{
    let rows: Vec<R> = query
        .build_query_as()
        .fetch_all(store.reader())
        .await
        .map_err(classify)?;
    rows.into_iter().map(T::try_from).collect()
}

/// `text (…)` with the ids in the brackets; with none of them it finds nothing.
fn among(text: &'static str, ids: impl IntoIterator<Item = Uuid>) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new(text);
    query.push(" (");
    let mut list = query.separated(", ");
    list.push("NULL");
    for id in ids {
        list.push_bind(id);
    }
    query.push(")");
    query
}

#[async_trait]
impl Reads for Store {
    async fn reminder(
        &self,
        of: AccountId,
        id: ReminderId,
    ) -> Result<Option<Reminder>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(REMINDER);
        query
            .push(" WHERE account = ")
            .push_bind(of.0)
            .push(" AND id = ")
            .push_bind(id.0);
        Ok(all::<ReminderRow, _>(self, query).await?.pop())
    }

    async fn reminders(
        &self,
        of: AccountId,
        status: Option<Status>,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Reminder>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(REMINDER);
        query.push(" WHERE account = ").push_bind(of.0);
        if let Some(status) = status {
            query.push(" AND status = ").push_bind(status.as_str());
        }
        if let Some((at, id)) = after {
            query
                .push(" AND (due_at, id) > (")
                .push_bind(at.as_microsecond());
            query.push(", ").push_bind(id).push(")");
        }
        query
            .push(" ORDER BY due_at, id LIMIT ")
            .push_bind(count(limit));
        all::<ReminderRow, _>(self, query).await
    }

    async fn reminders_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Reminder>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(REMINDER);
        query
            .push(" WHERE status = 'pending' AND due_at <= ")
            .push_bind(now.as_microsecond());
        query
            .push(" ORDER BY due_at, id LIMIT ")
            .push_bind(count(limit));
        all::<ReminderRow, _>(self, query).await
    }

    async fn next_reminder(&self) -> Result<Option<Timestamp>, CommitError> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT min(due_at) FROM reminder WHERE status = 'pending'")
                .fetch_one(self.reader())
                .await
                .map_err(classify)?;
        Ok(at.map(time))
    }

    async fn notification(
        &self,
        of: AccountId,
        id: NotificationId,
    ) -> Result<Option<Notification>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(NOTIFICATION);
        query
            .push(" WHERE account = ")
            .push_bind(of.0)
            .push(" AND id = ")
            .push_bind(id.0);
        Ok(all::<NotificationRow, _>(self, query).await?.pop())
    }

    async fn notifications(
        &self,
        of: AccountId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Notification>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(NOTIFICATION);
        query.push(" WHERE account = ").push_bind(of.0);
        if let Some((at, id)) = after {
            query
                .push(" AND (created_at, id) < (")
                .push_bind(at.as_microsecond());
            query.push(", ").push_bind(id).push(")");
        }
        query
            .push(" ORDER BY created_at DESC, id DESC LIMIT ")
            .push_bind(count(limit));
        all::<NotificationRow, _>(self, query).await
    }

    async fn unread(&self, of: AccountId, limit: usize) -> Result<Vec<Notification>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(NOTIFICATION);
        query
            .push(" WHERE read_at IS NULL AND account = ")
            .push_bind(of.0);
        query
            .push(" ORDER BY created_at, id LIMIT ")
            .push_bind(count(limit));
        all::<NotificationRow, _>(self, query).await
    }

    async fn unread_count(&self, of: AccountId) -> Result<u64, CommitError> {
        let unread: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM notification WHERE account = $1 AND read_at IS NULL",
        )
        .bind(of.0)
        .fetch_one(self.reader())
        .await
        .map_err(classify)?;
        Ok(unread.unsigned_abs())
    }

    async fn told(&self, ids: &[NotificationId]) -> Result<Vec<NotificationId>, CommitError> {
        let found: Vec<Uuid> = among(
            "SELECT id FROM notification WHERE id IN",
            ids.iter().map(|id| id.0),
        )
        .build_query_scalar()
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        Ok(found.into_iter().map(NotificationId).collect())
    }

    async fn preferences(&self, of: AccountId) -> Result<Preferences, CommitError> {
        let mail: Option<i64> =
            sqlx::query_scalar("SELECT reminder_mail FROM preferences WHERE account = $1")
                .bind(of.0)
                .fetch_optional(self.reader())
                .await
                .map_err(classify)?;
        Ok(Preferences {
            reminder_mail: mail == Some(1),
        })
    }

    async fn contact(&self, of: AccountId) -> Result<Option<Contact>, CommitError> {
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT email, time_zone FROM account WHERE id = $1 AND erased = 0")
                .bind(of.0)
                .fetch_optional(self.reader())
                .await
                .map_err(classify)?;
        Ok(row.map(|(email, time_zone)| Contact { email, time_zone }))
    }

    async fn circle(&self, id: CircleId) -> Result<Option<(i64, Vec<CircleMember>)>, CommitError> {
        let row: Option<(i64, String)> =
            sqlx::query_as("SELECT version, members FROM circle WHERE id = $1")
                .bind(id.0)
                .fetch_optional(self.reader())
                .await
                .map_err(classify)?;
        row.map(|(version, members)| {
            let members = serde_json::from_str(&members).map_err(|_| unreadable("circle", id.0))?;
            Ok((version, members))
        })
        .transpose()
    }

    async fn invitation_version(&self, id: Uuid) -> Result<Option<i64>, CommitError> {
        sqlx::query_scalar("SELECT version FROM invitation WHERE id = $1")
            .bind(id)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)
    }

    async fn erased(&self, accounts: &[AccountId]) -> Result<Vec<AccountId>, CommitError> {
        let found: Vec<Uuid> = among(
            "SELECT id FROM account WHERE erased = 1 AND id IN",
            accounts.iter().map(|id| id.0),
        )
        .build_query_scalar()
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        Ok(found.into_iter().map(AccountId).collect())
    }

    async fn mail_due(&self, now: Timestamp, limit: usize) -> Result<Vec<QueuedMail>, CommitError> {
        let rows: Vec<MailRow> = sqlx::query_as(
            "SELECT id, recipient, subject, body, created_at, attempts FROM mail \
             WHERE finished_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2",
        )
        .bind(now.as_microsecond())
        .bind(count(limit))
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        Ok(rows
            .into_iter()
            .map(|row| QueuedMail {
                attempts: row.attempts,
                letter: Letter {
                    id: row.id,
                    recipient: row.recipient,
                    subject: row.subject,
                    body: row.body,
                    created_at: time(row.created_at),
                },
            })
            .collect())
    }

    async fn digests(&self, kind: &str) -> Result<Digests, CommitError> {
        super::holdings::digests(self, kind).await
    }

    async fn next_mail(&self) -> Result<Option<Timestamp>, CommitError> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT min(due_at) FROM mail WHERE finished_at IS NULL")
                .fetch_one(self.reader())
                .await
                .map_err(classify)?;
        Ok(at.map(time))
    }
}
