//! The ledger: every thing that was committed must have had its effect, once.

use std::collections::HashMap;

use serde_json::json;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::settings::Settings;

/// Compares the two databases.
pub(crate) async fn ledger(settings: &Settings) -> anyhow::Result<serde_json::Value> {
    let mut publisher = PgConnection::connect(&settings.publisher).await?;
    let committed: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM thing")
        .fetch_all(&mut publisher)
        .await?;
    let mut consumer = PgConnection::connect(&settings.consumer).await?;
    let effects: HashMap<Uuid, i64> = sqlx::query_as("SELECT thing, times FROM effect")
        .fetch_all(&mut consumer)
        .await?
        .into_iter()
        .collect();
    let lost = committed
        .iter()
        .filter(|id| !effects.contains_key(*id))
        .count();
    let doubled = effects.values().filter(|times| **times > 1).count();
    Ok(json!({
        "committed": committed.len(),
        "effects": effects.len(),
        "lost": lost,
        "doubled": doubled,
    }))
}
