//! Many rows by one statement, as many parameters as they have values.

use sqlx::QueryBuilder;

use super::{
    commit::to_text,
    dialect::{Connection, Db},
};
use crate::Envelope;

/// Adds events to the outbox.
pub(super) async fn append(on: &mut Connection, events: &[&Envelope]) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::<Db>::new("INSERT INTO outbox (id, envelope, recorded_at) ");
    query.push_values(events, |mut row, event| {
        row.push_bind(event.id.0)
            .push_bind(to_text(event))
            .push_bind(event.time.as_microsecond());
    });
    query.build().execute(on).await.map(drop)
}

/// Marks events as handled, in the order given; how many of them were waiting or new.
pub(super) async fn mark_handled(
    on: &mut Connection,
    events: &[&Envelope],
) -> Result<u64, sqlx::Error> {
    let mut query =
        QueryBuilder::<Db>::new("INSERT INTO inbox (id, kind, correlation, state, due_at) ");
    query.push_values(events, |mut row, event| {
        row.push_bind(event.id.0)
            .push_bind(&event.kind)
            .push_bind(event.correlation_id)
            .push_bind(1i64)
            .push_bind(event.time.as_microsecond());
    });
    query.push(
        " ON CONFLICT (id) DO UPDATE SET state = 1, envelope = NULL, reason = NULL, due_at = excluded.due_at \
         WHERE inbox.state = 0",
    );
    query
        .build()
        .execute(on)
        .await
        .map(|result| result.rows_affected())
}
