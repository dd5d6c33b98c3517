//! What the store answers; the same text for both dialects.

use std::time::Duration;

use async_trait::async_trait;
use skeleton_durable::{commit::CommitError, sql::classify};
use sqlx::{AssertSqlSafe, QueryBuilder};
use uuid::Uuid;

use super::{
    Store,
    dialect::{Db, NOW_MICROS},
};
use super::{rows, writes::AHEAD};
use crate::{
    domain::{
        epoch::Epoch,
        tasks::{ClockSeen, Task},
        updates::{Kept, Update},
    },
    ports::{self, Bucket},
};

/// Accounts that are said to have news, at most; streams look by themselves from time to time.
const NEWS: i64 = 10_000;

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4)
}

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

    async fn news(&self, of_the_last: Duration) -> Result<Vec<(Uuid, i64)>, CommitError> {
        // Only constants are put into the text.
        let text = format!(
            "SELECT account, newest FROM live_head WHERE at > {NOW_MICROS} - $1 \
             ORDER BY at DESC LIMIT $2"
        );
        sqlx::query_as(AssertSqlSafe(text))
            .bind(micros(of_the_last))
            .bind(NEWS)
            .fetch_all(self.reader())
            .await
            .map_err(classify)
    }

    async fn account_of(&self, email: &str) -> Result<Option<Uuid>, CommitError> {
        sqlx::query_scalar("SELECT id FROM account WHERE email = $1 LIMIT 1")
            .bind(email.to_lowercase())
            .fetch_optional(self.reader())
            .await
            .map_err(classify)
    }

    async fn tasks(&self) -> Result<Vec<Task>, CommitError> {
        let rows = sqlx::query(
            "SELECT name, tried_at, due_at, succeeded_at, failing_since, failure, notified_at, archive, \
             bytes, oldest_at FROM task ORDER BY name",
        )
            .fetch_all(self.reader())
            .await
            .map_err(classify)?;
        rows.iter().map(rows::task).collect()
    }

    async fn task_clock(&self) -> Result<Option<ClockSeen>, CommitError> {
        let row = sqlx::query("SELECT seen_at, steady_since FROM task_clock")
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        row.as_ref().map(rows::task_clock).transpose()
    }

    async fn epoch(&self) -> Result<Epoch, CommitError> {
        let name: String = sqlx::query_scalar("SELECT name FROM epoch")
            .fetch_one(self.reader())
            .await
            .map_err(classify)?;
        Ok(Epoch::named(&name))
    }

    async fn account_versions(&self, are_gone: bool) -> Result<Vec<(Uuid, i64)>, CommitError> {
        let text = if are_gone {
            "SELECT id, version FROM account WHERE email IS NULL"
        } else {
            "SELECT id, version FROM account WHERE email IS NOT NULL"
        };
        sqlx::query_as(text)
            .fetch_all(self.reader())
            .await
            .map_err(classify)
    }

    async fn buckets(&self, names: &[String]) -> Result<Vec<Bucket>, CommitError> {
        let mut found = Vec::new();
        for names in names.chunks(500) {
            let mut query = QueryBuilder::<Db>::new(format!(
                "SELECT name, full_at - {NOW_MICROS} FROM allowance \
                 WHERE full_at > {NOW_MICROS} AND full_at < {NOW_MICROS} + {AHEAD} AND name IN ("
            ));
            let mut list = query.separated(", ");
            for name in names {
                list.push_bind(name);
            }
            query.push(")");
            let rows: Vec<(String, i64)> = query
                .build_query_as()
                .fetch_all(self.reader())
                .await
                .map_err(classify)?;
            found.extend(rows.into_iter().map(|(name, micros)| Bucket {
                name,
                full_in: Duration::from_micros(u64::try_from(micros).unwrap_or(0)),
            }));
        }
        Ok(found)
    }
}
