//! What the store answers.

use async_trait::async_trait;
use jiff::Timestamp;
use kith_shared::{
    events::users::{AccountChanged, CircleChanged, ErasureRequested},
    ids::{AccountId, CircleId, NotificationId, ReminderId},
};
use skeleton_durable::{
    Event as _,
    commit::CommitError,
    reconcile::{Digests, add_up_rows},
    sql::{among, classify, number},
    stored,
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Store,
    dialect::Db,
    rows::{self, notifications, reminders},
    scan::{self, Row},
};
use crate::{
    domain::{
        notification::{Member, Notification},
        reminder::{Reminder, Status},
    },
    ports::{self, Contact, Place, Preferences},
};

/// Runs a query and turns its rows into what they mean.
async fn all<T>(
    store: &Store,
    mut query: QueryBuilder<Db>,
    read: impl Fn(&Row) -> Result<T, CommitError>,
) -> Result<Vec<T>, CommitError> {
    let rows = query
        .build()
        .fetch_all(store.reader())
        .await
        .map_err(classify)?;
    rows.iter().map(read).collect()
}

#[async_trait]
impl ports::Store for Store {
    async fn reminder(
        &self,
        of: AccountId,
        id: ReminderId,
    ) -> Result<Option<Reminder>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(reminders!(""));
        query
            .push(" WHERE account = ")
            .push_bind(of.0)
            .push(" AND id = ")
            .push_bind(id.0);
        Ok(all(self, query, rows::reminder).await?.pop())
    }

    async fn reminders(
        &self,
        of: AccountId,
        status: Option<Status>,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Reminder>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(reminders!(""));
        query.push(" WHERE account = ").push_bind(of.0);
        if let Some(status) = status {
            query
                .push(" AND status = ")
                .push_bind(status.as_str().to_owned());
        }
        if let Some((at, id)) = after {
            query
                .push(" AND (due_at, id) > (")
                .push_bind(at.as_microsecond());
            query.push(", ").push_bind(id).push(")");
        }
        query
            .push(" ORDER BY due_at, id LIMIT ")
            .push_bind(number(limit));
        all(self, query, rows::reminder).await
    }

    async fn reminders_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Reminder>, CommitError> {
        // One that cannot be read must not keep the others from falling due.
        let text = reminders!(
            "WHERE status = 'pending' AND due_at <= $1 ORDER BY due_at, id LIMIT $2 OFFSET $3"
        );
        scan::readable_due(self, text, now, limit, rows::reminder).await
    }

    async fn next_reminder(&self) -> Result<Option<Timestamp>, CommitError> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT min(due_at) FROM reminder WHERE status = 'pending'")
                .fetch_one(self.reader())
                .await
                .map_err(classify)?;
        let at = at.map(|at| stored::moment(at, ("reminder", "due_at"), "min"));
        Ok(at.transpose()?)
    }

    async fn notification(
        &self,
        of: AccountId,
        id: NotificationId,
    ) -> Result<Option<Notification>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(notifications!(""));
        query
            .push(" WHERE account = ")
            .push_bind(of.0)
            .push(" AND id = ")
            .push_bind(id.0);
        Ok(all(self, query, rows::notification).await?.pop())
    }

    async fn notifications(
        &self,
        of: AccountId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Notification>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(notifications!(""));
        query.push(" WHERE account = ").push_bind(of.0);
        if let Some((at, id)) = after {
            query
                .push(" AND (created_at, id) < (")
                .push_bind(at.as_microsecond());
            query.push(", ").push_bind(id).push(")");
        }
        query
            .push(" ORDER BY created_at DESC, id DESC LIMIT ")
            .push_bind(number(limit));
        all(self, query, rows::notification).await
    }

    async fn unread(&self, of: AccountId, limit: usize) -> Result<Vec<Notification>, CommitError> {
        let mut query = QueryBuilder::<Db>::new(notifications!(""));
        query
            .push(" WHERE read_at IS NULL AND account = ")
            .push_bind(of.0);
        query
            .push(" ORDER BY created_at, id LIMIT ")
            .push_bind(number(limit));
        all(self, query, rows::notification).await
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
        let found: Vec<Uuid> = among::<Db, _>(
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
        let row = sqlx::query("SELECT account, reminder_mail FROM preferences WHERE account = $1")
            .bind(of.0)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        let kept = row.as_ref().map(rows::preferences).transpose()?;
        Ok(kept.unwrap_or_default())
    }

    async fn contact(&self, of: AccountId) -> Result<Option<Contact>, CommitError> {
        let row = sqlx::query("SELECT id, version, email, time_zone, erased FROM account WHERE id = $1 AND erased = 0")
            .bind(of.0)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        row.as_ref().map(rows::contact).transpose()
    }

    async fn circle(&self, id: CircleId) -> Result<Option<(i64, Vec<Member>)>, CommitError> {
        let row = sqlx::query("SELECT id, version, members FROM circle WHERE id = $1")
            .bind(id.0)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        row.as_ref().map(rows::circle).transpose()
    }

    async fn invitation_version(&self, id: Uuid) -> Result<Option<i64>, CommitError> {
        sqlx::query_scalar("SELECT version FROM invitation WHERE id = $1")
            .bind(id)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)
    }

    async fn erased(&self, accounts: &[AccountId]) -> Result<Vec<AccountId>, CommitError> {
        let found: Vec<Uuid> = among::<Db, _>(
            "SELECT id FROM account WHERE erased = 1 AND id IN",
            accounts.iter().map(|id| id.0),
        )
        .build_query_scalar()
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        Ok(found.into_iter().map(AccountId).collect())
    }

    async fn digests(&self, kind: &str) -> Result<Digests, CommitError> {
        let (text, are_accounts) = match kind {
            AccountChanged::TYPE => ("SELECT id, version FROM account WHERE erased = 0", true),
            CircleChanged::TYPE => ("SELECT id, version FROM circle", false),
            ErasureRequested::TYPE => ("SELECT id, version FROM account WHERE erased = 1", true),
            _ => return Ok(Digests::new()),
        };
        let rows = sqlx::query_as::<_, (Uuid, i64)>(text).fetch(self.reader());
        add_up_rows(rows, are_accounts).await.map_err(classify)
    }
}
