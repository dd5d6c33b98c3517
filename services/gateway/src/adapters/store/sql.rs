//! The text of the store, the same for both dialects.

use async_trait::async_trait;
use skeleton_durable::{
    commit::CommitError,
    sql::{WriteError, classify},
};
use uuid::Uuid;

use super::{Store, Write as SqlWrite, dialect::Connection};
use crate::ports::{self, Kept, Update, Write};

#[async_trait]
impl ports::Store for Store {
    async fn updates(
        &self,
        account: Uuid,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Update>, CommitError> {
        let rows: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT id, event, data FROM live WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(account)
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        let update = |(id, event, data)| Update { id, event, data };
        Ok(rows.into_iter().map(update).collect())
    }

    async fn kept(&self, account: Uuid) -> Result<Kept, CommitError> {
        let (oldest, newest) = sqlx::query_as(
            "SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM live WHERE account = $1",
        )
        .bind(account)
        .fetch_one(self.reader())
        .await
        .map_err(classify)?;
        Ok(Kept { oldest, newest })
    }

    async fn account_of(&self, email: &str) -> Result<Option<Uuid>, CommitError> {
        sqlx::query_scalar("SELECT id FROM account WHERE email = $1 LIMIT 1")
            .bind(email.to_lowercase())
            .fetch_optional(self.reader())
            .await
            .map_err(classify)
    }
}

impl SqlWrite for Write {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        match self {
            Self::Live {
                account,
                event,
                data,
                kept,
            } => {
                let id: i64 = sqlx::query_scalar(
                    "INSERT INTO live (account, id, event, data) \
                     SELECT $1, COALESCE(MAX(id), 0) + 1, $2, $3 FROM live WHERE account = $1 \
                     RETURNING id",
                )
                .bind(account)
                .bind(*event)
                .bind(data)
                .fetch_one(&mut *on)
                .await?;
                sqlx::query("DELETE FROM live WHERE account = $1 AND id <= $2")
                    .bind(account)
                    .bind(id - kept)
                    .execute(on)
                    .await?;
            }
            Self::Account { id, email, version } => {
                sqlx::query(
                    "INSERT INTO account (id, email, version) VALUES ($1, $2, $3) \
                     ON CONFLICT (id) DO UPDATE \
                     SET email = excluded.email, version = excluded.version \
                     WHERE excluded.version > account.version",
                )
                .bind(id)
                .bind(email)
                .bind(version)
                .execute(on)
                .await?;
            }
            Self::Forget(account) => {
                sqlx::query("DELETE FROM live WHERE account = $1")
                    .bind(account)
                    .execute(on)
                    .await?;
            }
        }
        Ok(())
    }
}
