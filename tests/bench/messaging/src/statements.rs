//! What PostgreSQL ran: statements by how often and how long, where `pg_stat_statements` is loaded.

use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::settings::Settings;

/// The most expensive statements since the server started.
pub(crate) async fn statements(settings: &Settings) -> anyhow::Result<serde_json::Value> {
    let mut server = PgConnection::connect(&settings.server).await?;
    sqlx::query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        .execute(&mut server)
        .await?;
    let rows: Vec<(String, i64, f64, i64)> = sqlx::query_as(
        "SELECT left(query, 100), calls, total_exec_time, rows FROM pg_stat_statements \
         ORDER BY total_exec_time DESC LIMIT 30",
    )
    .fetch_all(&mut server)
    .await?;
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(text, calls, total_ms, rows)| json!({ "text": text, "calls": calls, "total_ms": total_ms, "rows": rows }))
        .collect();
    Ok(json!(rows))
}
