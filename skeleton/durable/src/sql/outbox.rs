//! The outbox port.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{QueryBuilder, Row};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    Store,
    commit::from_text,
    dialect::{CLAIM, Db},
};
use crate::{
    Envelope, EventId,
    commit::CommitError,
    outbox::{Outbox, OutboxStatus},
    sql::classify,
};

#[async_trait]
impl Outbox for Store {
    async fn claim(&self, limit: u32, lease: Duration) -> Result<Vec<Envelope>, CommitError> {
        let rows = sqlx::query(CLAIM)
            .bind(i64::from(limit))
            .bind(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX).max(1))
            .fetch_all(self.writer())
            .await
            .map_err(classify)?;
        rows.iter()
            .map(|row| {
                let (id, text): (Uuid, &str) = (
                    row.try_get(0).map_err(classify)?,
                    row.try_get(1).map_err(classify)?,
                );
                from_text(id, text)
            })
            .collect()
    }

    async fn sent(&self, ids: &[EventId]) -> Result<(), CommitError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Db>::new("DELETE FROM outbox WHERE id IN (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(id.0);
        }
        query.push(")");
        query
            .build()
            .execute(self.writer())
            .await
            .map(drop)
            .map_err(classify)
    }

    async fn give_back(&self, ids: &[EventId]) -> Result<(), CommitError> {
        super::store::give_back(self, ids).await
    }

    async fn status(&self) -> Result<OutboxStatus, CommitError> {
        let row = sqlx::query("SELECT count(*), min(recorded_at) FROM outbox")
            .fetch_one(self.reader())
            .await
            .map_err(classify)?;
        let oldest: Option<i64> = row.try_get(1).map_err(classify)?;
        Ok(OutboxStatus {
            waiting: row.try_get::<i64, _>(0).map_err(classify)?.unsigned_abs(),
            oldest: oldest.and_then(|at| Timestamp::from_microsecond(at).ok()),
        })
    }

    fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }
}
