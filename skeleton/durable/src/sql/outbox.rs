//! The outbox port.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Row};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    Store,
    commit::from_text,
    dialect::{CLAIM, CLAIMS_EXCLUDE, NOW_MICROS},
    scan::column,
    store::within,
};
use crate::{
    Envelope, EventId,
    commit::CommitError,
    leases::AHEAD,
    outbox::{HELD_BACK, Outbox, OutboxStatus},
    sql::{classify, micros},
    stored::moment,
};

#[async_trait]
impl Outbox for Store {
    async fn claim(&self, limit: u32, lease: Duration) -> Result<Vec<Envelope>, CommitError> {
        within(async {
            let mut after = Uuid::nil();
            loop {
                let rows = sqlx::query(CLAIM)
                    .bind(i64::from(limit))
                    .bind(micros(lease).max(1))
                    .bind(after)
                    .bind(micros(AHEAD))
                    .fetch_all(self.bookkeeping())
                    .await
                    .map_err(classify)?;
                let mut events = Vec::with_capacity(rows.len());
                for row in &rows {
                    let (id, text): (Uuid, &str) = (column(row, "id")?, column(row, "envelope")?);
                    after = after.max(id);
                    match from_text("outbox", id, text) {
                        Ok(event) => events.push(event),
                        Err(unreadable) => tracing::error!(%unreadable, "an event stays here"),
                    }
                }
                // Those that cannot be read must not hold back those behind them.
                if !events.is_empty() || rows.len() < limit as usize {
                    super::store::claimed(self, &events);
                    return Ok(events);
                }
            }
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

    async fn hold_back(&self, who: Uuid, time: Duration) -> Result<(), CommitError> {
        within(async {
            // Only constants are put into the text. What ran out is nobody's any more.
            let text = format!(
                "DELETE FROM lease WHERE name = $1 OR (name LIKE '{HELD_BACK}%' AND until < {NOW_MICROS})"
            );
            let name = format!("{HELD_BACK}{who}");
            sqlx::query(AssertSqlSafe(text))
                .bind(&name)
                .execute(self.writer())
                .await
                .map_err(classify)?;
            if time.is_zero() {
                return Ok(());
            }
            let text = format!(
                "INSERT INTO lease (name, holder, until) VALUES ($1, $2, {NOW_MICROS} + $3)"
            );
            sqlx::query(AssertSqlSafe(text))
                .bind(name)
                .bind(who)
                .bind(micros(time))
                .execute(self.writer())
                .await
                .map(drop)
                .map_err(classify)
        })
        .await
    }

    async fn in_hand(&self) -> Result<u64, CommitError> {
        within(async { super::store::in_hand(self).await }).await
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
                oldest: oldest
                    .map(|at| moment(at, ("outbox", "recorded_at"), "min"))
                    .transpose()?,
            })
        })
        .await
    }

    fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }
}
