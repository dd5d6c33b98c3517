//! The lease port.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;

use super::Store;
use crate::{
    commit::CommitError,
    leases::{AHEAD, Leases},
};

#[async_trait]
impl Leases for Store {
    async fn acquire(&self, name: &str, holder: Uuid, ttl: Duration) -> Result<bool, CommitError> {
        let rows = self
            .run(
                "MERGE (n:Lease {name: $name}) SET n.lock = 1 \
                 WITH n WHERE coalesce(n.holder, $holder) = $holder OR n.until < timestamp() \
                 OR n.until > timestamp() + $ahead \
                 SET n.holder = $holder, n.until = timestamp() + $ttl, n.lock = null RETURN 1 AS one",
                json!({
                    "name": name, "holder": holder,
                    "ahead": u64::try_from(ttl.saturating_add(AHEAD).as_millis())
                        .unwrap_or(u64::MAX / 2),
                    "ttl": u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX / 2),
                }),
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn release(&self, name: &str, holder: Uuid) -> Result<(), CommitError> {
        self.run(
            "MATCH (n:Lease {name: $name}) SET n.lock = 1 WITH n WHERE n.holder = $holder \
             SET n.holder = null, n.lock = null",
            json!({"name": name, "holder": holder}),
        )
        .await
        .map(drop)
    }
}
