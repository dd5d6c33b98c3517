//! Many rows by one statement, the same text whatever their number, so that it is prepared once.

use super::{commit::to_text, dialect::Connection};
use crate::Envelope;

/// Adds events to the outbox.
pub(super) async fn append(on: &mut Connection, events: &[&Envelope]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO outbox (id, envelope, recorded_at) \
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])",
    )
    .bind(column(events, |event| event.id.0))
    .bind(column(events, to_text))
    .bind(column(events, |event| event.time.as_microsecond()))
    .execute(on)
    .await
    .map(drop)
}

/// Marks events as handled, in the order given; how many of them were waiting or new.
pub(super) async fn mark_handled(
    on: &mut Connection,
    events: &[&Envelope],
) -> Result<u64, sqlx::Error> {
    sqlx::query(
        "INSERT INTO inbox (id, kind, correlation, state, due_at) \
         SELECT id, kind, correlation, 1, due_at \
         FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[]) AS new (id, kind, correlation, due_at) \
         ON CONFLICT (id) DO UPDATE SET state = 1, envelope = NULL, reason = NULL, due_at = excluded.due_at \
         WHERE inbox.state = 0",
    )
    .bind(column(events, |event| event.id.0))
    .bind(column(events, |event| event.kind.clone()))
    .bind(column(events, |event| event.correlation_id))
    .bind(column(events, |event| event.time.as_microsecond()))
    .execute(on)
    .await
    .map(|result| result.rows_affected())
}

fn column<T>(events: &[&Envelope], of: impl Fn(&Envelope) -> T) -> Vec<T> {
    events.iter().map(|event| of(event)).collect()
}
