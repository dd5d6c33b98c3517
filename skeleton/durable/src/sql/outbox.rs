//! The outbox port.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    Store,
    commit::from_text,
    dialect::{CLAIM, CLAIMS_EXCLUDE},
    store::within,
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
        within(async {
            let rows = sqlx::query(CLAIM)
                .bind(i64::from(limit))
                .bind(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX).max(1))
                .fetch_all(self.bookkeeping())
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
        })
        .await
    }

    async fn sent(&self, ids: &[EventId]) -> Result<(), CommitError> {
        within(async {
            if ids.is_empty() {
                return Ok(());
            }
            super::store::sent(self, ids).await
        })
        .await
    }

    async fn prolong(&self, ids: &[EventId], lease: Duration) -> Result<(), CommitError> {
        within(async { super::store::hold(self, ids, lease).await }).await
    }

    fn claims_exclude(&self) -> bool {
        CLAIMS_EXCLUDE
    }

    async fn give_back(&self, ids: &[EventId]) -> Result<(), CommitError> {
        within(async { super::store::hold(self, ids, Duration::ZERO).await }).await
    }

    async fn status(&self) -> Result<OutboxStatus, CommitError> {
        within(async {
            let row = sqlx::query("SELECT count(*), min(recorded_at) FROM outbox")
                .fetch_one(self.reader())
                .await
                .map_err(classify)?;
            let oldest: Option<i64> = row.try_get(1).map_err(classify)?;
            Ok(OutboxStatus {
                waiting: row.try_get::<i64, _>(0).map_err(classify)?.unsigned_abs(),
                oldest: oldest.and_then(|at| Timestamp::from_microsecond(at).ok()),
            })
        })
        .await
    }

    fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }
}
