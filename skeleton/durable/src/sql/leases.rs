//! The lease port.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Store, dialect::NOW_MICROS, store::within};
use crate::{
    commit::CommitError,
    leases::{AHEAD, Leases},
    sql::{classify, micros},
};

#[async_trait]
impl Leases for Store {
    async fn acquire(&self, name: &str, holder: Uuid, ttl: Duration) -> Result<bool, CommitError> {
        within(async {
            // Only constants are put into the text.
            let text = format!(
                "INSERT INTO lease (name, holder, until) VALUES ($1, $2, {NOW_MICROS} + $3) \
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
                 WHERE lease.holder = excluded.holder OR lease.until < {NOW_MICROS} \
                 OR lease.until > {NOW_MICROS} + $4"
            );
            let written = sqlx::query(AssertSqlSafe(text))
                .bind(name)
                .bind(holder)
                .bind(micros(ttl))
                .bind(micros(ttl.saturating_add(AHEAD)))
                .execute(self.writer())
                .await
                .map_err(classify)?
                .rows_affected();
            Ok(written == 1)
        })
        .await
    }

    async fn release(&self, name: &str, holder: Uuid) -> Result<(), CommitError> {
        within(async {
            sqlx::query("DELETE FROM lease WHERE name = $1 AND holder = $2")
                .bind(name)
                .bind(holder)
                .execute(self.writer())
                .await
                .map(drop)
                .map_err(classify)
        })
        .await
    }
}
