//! A backlog: rows in the publisher's outbox as if its relay had been away for long.

use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::{payload, settings::Settings};

/// Rows sent to the server at once.
const CHUNK: u64 = 10_000;

/// Adds rows. The publisher must have been started once, which makes the tables, and must not run.
pub(crate) async fn fill(settings: &Settings, rows: u64) -> anyhow::Result<serde_json::Value> {
    let mut connection = PgConnection::connect(&settings.publisher).await?;
    let mut copy = connection
        .copy_in_raw("COPY outbox (id, envelope, recorded_at) FROM STDIN")
        .await?;
    for start in (0..rows).step_by(CHUNK as usize) {
        let mut lines = String::new();
        for number in start..(start + CHUNK).min(rows) {
            let (_, event) = payload::event(number)?;
            let text = serde_json::to_string(&event)?.replace('\\', "\\\\");
            lines += &format!("{}\t{text}\t{}\n", event.id, event.time.as_microsecond());
        }
        copy.send(lines.into_bytes()).await?;
    }
    let written = copy.finish().await?;
    // As autovacuum would have done by the time a backlog is so long.
    sqlx::query("VACUUM ANALYZE outbox")
        .execute(&mut connection)
        .await?;
    Ok(json!({ "rows": written }))
}
