//! What the store answers.

use async_trait::async_trait;
use skeleton_durable::{
    commit::CommitError,
    sql::{classify, number},
};
use uuid::Uuid;

use super::{Store, rows};
use crate::{domain::thing::Thing, ports};

#[async_trait]
impl ports::Store for Store {
    async fn thing(&self, account: Uuid, id: Uuid) -> Result<Option<Thing>, CommitError> {
        let row = sqlx::query(
            "SELECT id, account, version, name FROM thing WHERE account = $1 AND id = $2",
        )
        .bind(account)
        .bind(id)
        .fetch_optional(self.reader())
        .await
        .map_err(classify)?;
        row.as_ref().map(rows::thing).transpose()
    }

    async fn things(
        &self,
        account: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Thing>, CommitError> {
        let rows =
            sqlx::query("SELECT id, account, version, name FROM thing WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3")
                .bind(account)
                .bind(after.unwrap_or(Uuid::nil()))
                .bind(number(limit))
                .fetch_all(self.reader())
                .await
                .map_err(classify)?;
        rows.iter().map(rows::thing).collect()
    }

    async fn activity(&self, account: Uuid) -> Result<i64, CommitError> {
        sqlx::query_scalar("SELECT changes FROM activity WHERE account = $1")
            .bind(account)
            .fetch_optional(self.reader())
            .await
            .map(Option::unwrap_or_default)
            .map_err(classify)
    }
}
