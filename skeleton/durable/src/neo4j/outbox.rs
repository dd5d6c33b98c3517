//! The outbox port.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Store, column, commit::from_text};
use crate::{
    Envelope, EventId,
    commit::CommitError,
    leases::AHEAD,
    outbox::{HELD_BACK, Outbox, OutboxStatus},
    stored::moment,
};

#[async_trait]
impl Outbox for Store {
    async fn claim(&self, limit: u32, lease: Duration) -> Result<Vec<Envelope>, CommitError> {
        // There is no SKIP LOCKED: the lock makes a second claimant wait and see the first's claim.
        loop {
            let rows = self
            .run(
                // What is claimed or held back for longer was written while the clock was ahead.
                "MATCH (n:Outbox) WHERE (n.claimed_until < timestamp() \
                     OR n.claimed_until > timestamp() + $lease + $ahead) \
                 AND NOT EXISTS { MATCH (l:Lease) WHERE l.name STARTS WITH $held_back \
                     AND l.until > timestamp() AND l.until < timestamp() + $ahead } \
                 WITH n ORDER BY n.id LIMIT $limit SET n.lock = 1 \
                 WITH n WHERE n.claimed_until < timestamp() \
                     OR n.claimed_until > timestamp() + $lease + $ahead \
                 SET n.claimed_until = timestamp() + $lease, n.lock = null \
                 RETURN n.id AS id, n.envelope AS envelope",
                json!({"held_back": HELD_BACK, "limit": limit, "ahead": u64::try_from(AHEAD.as_millis()).unwrap_or(u64::MAX), "lease": u64::try_from(lease.as_millis()).unwrap_or(u64::MAX).max(1)}),
            )
            .await?;
            let mut events = Vec::with_capacity(rows.len());
            for row in &rows {
                let (id, text): (String, String) = (column(row, "id")?, column(row, "envelope")?);
                match from_text("Outbox", &id, &text) {
                    Ok(event) => events.push(event),
                    Err(unreadable) => tracing::error!(%unreadable, "an event stays here"),
                }
            }
            // Those that cannot be read are claimed now; those behind them must not wait.
            if !events.is_empty() || rows.len() < limit as usize {
                return Ok(events);
            }
        }
    }

    async fn prolong(&self, ids: &[EventId], lease: Duration) -> Result<(), CommitError> {
        self.run(
            "UNWIND $ids AS id MATCH (n:Outbox {id: id}) SET n.claimed_until = timestamp() + $lease",
            json!({"ids": ids, "lease": u64::try_from(lease.as_millis()).unwrap_or(u64::MAX / 2)}),
        )
        .await
        .map(drop)
    }

    async fn sent(&self, ids: &[EventId]) -> Result<(), CommitError> {
        self.run(
            "UNWIND $ids AS id MATCH (n:Outbox {id: id}) DELETE n",
            json!({"ids": ids}),
        )
        .await
        .map(drop)
    }

    async fn give_back(&self, ids: &[EventId]) -> Result<(), CommitError> {
        self.run(
            "UNWIND $ids AS id MATCH (n:Outbox {id: id}) SET n.claimed_until = 0",
            json!({"ids": ids}),
        )
        .await
        .map(drop)
    }

    async fn hold_back(&self, who: Uuid, time: Duration) -> Result<(), CommitError> {
        let name = format!("{HELD_BACK}{who}");
        // What ran out is nobody's any more.
        let text = "MATCH (l:Lease) WHERE l.name = $name \
                    OR (l.name STARTS WITH $held_back AND l.until < timestamp()) DELETE l";
        let parameters = json!({"name": name, "held_back": HELD_BACK});
        self.run(text, parameters).await?;
        if time.is_zero() {
            return Ok(());
        }
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2);
        let text =
            "MERGE (l:Lease {name: $name}) SET l.holder = $holder, l.until = timestamp() + $time";
        let parameters = json!({"name": name, "holder": who, "time": millis});
        self.run(text, parameters).await.map(drop)
    }

    async fn in_hand(&self) -> Result<u64, CommitError> {
        let text =
            "MATCH (n:Outbox) WHERE n.claimed_until >= timestamp() RETURN count(n) AS claimed";
        let rows = self.run(text, Value::Null).await?;
        let claimed = rows.first().map(|row| column::<i64>(row, "claimed"));
        Ok(claimed.transpose()?.unwrap_or_default().unsigned_abs())
    }

    async fn status(&self) -> Result<OutboxStatus, CommitError> {
        let rows = self
            .run(
                "MATCH (n:Outbox) RETURN count(n) AS waiting, min(n.recorded_at) AS oldest",
                Value::Null,
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(OutboxStatus::default());
        };
        let oldest: Option<i64> = column(row, "oldest")?;
        Ok(OutboxStatus {
            waiting: column::<i64>(row, "waiting")?.unsigned_abs(),
            oldest: oldest
                .map(|at| moment(at, ("Outbox", "recorded_at"), "min"))
                .transpose()?,
        })
    }

    fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }
}
