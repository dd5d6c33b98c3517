//! The inbox port.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Store,
    commit::{from_text, to_text},
    dialect::Db,
    scan::{Row, column},
    store::within,
};
use crate::{
    Envelope, EventId,
    commit::CommitError,
    inbox::{Inbox, Parked, Pending, Settled, Unknown, ahead_of},
    sql::{among, classify},
    stored::{known, moment, reason},
};

/// Rows written by one statement.
const ROWS: usize = 1000;
const DUE_AT: (&str, &str) = ("inbox", "due_at");
const WAITING: i64 = 0;
const DONE: i64 = 1;
const PARKED: i64 = 2;

#[async_trait]
impl Inbox for Store {
    async fn receive(&self, events: &[Envelope]) -> Result<(), CommitError> {
        let kept = |event: &Envelope| Some(to_text(event));
        within(insert_all(
            self,
            events,
            WAITING,
            kept,
            " ON CONFLICT (id) DO NOTHING",
        ))
        .await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Pending>, CommitError> {
        within(async {
            let rows = sqlx::query(
                "SELECT id, kind, correlation, state, envelope, attempts, due_at, reason FROM inbox WHERE state = 0 \
                 AND (due_at <= $1 OR due_at > $3) ORDER BY due_at, id LIMIT $2",
            )
            .bind(now.as_microsecond())
            .bind(i64::from(limit))
            .bind(ahead_of(now).as_microsecond())
            .fetch_all(self.reader())
            .await
            .map_err(classify)?;
            let mut due = Vec::with_capacity(rows.len());
            for row in &rows {
                match pending(row) {
                    Ok(pending) => due.push(pending),
                    Err(unreadable) => put_aside(self, row, &reason(unreadable)).await?,
                }
            }
            Ok(due)
        })
        .await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, CommitError> {
        within(async {
            let due: Option<i64> =
                sqlx::query_scalar("SELECT min(due_at) FROM inbox WHERE state = 0")
                    .fetch_one(self.reader())
                    .await
                    .map_err(classify)?;
            Ok(due.map(|at| moment(at, DUE_AT, "min")).transpose()?)
        })
        .await
    }

    async fn done(&self, events: &[Envelope]) -> Result<(), CommitError> {
        let settled = " ON CONFLICT (id) DO UPDATE SET state = 1, envelope = NULL, reason = NULL, \
                       due_at = excluded.due_at";
        within(insert_all(self, events, DONE, |_| None, settled)).await
    }

    async fn known(&self, ids: &[EventId]) -> Result<Vec<EventId>, CommitError> {
        within(async {
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let text = "SELECT id FROM inbox WHERE state <> 0 AND id IN";
            let known: Vec<Uuid> = among::<Db, _>(text, ids.iter().map(|id| id.0))
                .build_query_scalar()
                .fetch_all(self.reader())
                .await
                .map_err(classify)?;
            Ok(known.into_iter().map(EventId).collect())
        })
        .await
    }

    async fn postpone(
        &self,
        event: &Envelope,
        attempts: u32,
        due: Timestamp,
        reason: &str,
    ) -> Result<(), CommitError> {
        within(async { set(self, event, WAITING, attempts, due, reason).await }).await
    }

    async fn park(&self, event: &Envelope, attempts: u32, reason: &str) -> Result<(), CommitError> {
        within(async { set(self, event, PARKED, attempts, event.time, reason).await }).await
    }

    async fn parked(&self, after: Option<EventId>, limit: u32) -> Result<Vec<Parked>, CommitError> {
        within(async {
            let rows = sqlx::query(
                "SELECT id, kind, correlation, state, envelope, attempts, due_at, reason FROM inbox WHERE state = 2 AND id > $1 \
                 ORDER BY id LIMIT $2",
            )
            .bind(after.map_or(Uuid::nil(), |id| id.0))
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await
            .map_err(classify)?;
            rows.iter().map(parked).collect()
        })
        .await
    }

    async fn find_parked(&self, id: EventId) -> Result<Option<Parked>, CommitError> {
        within(async {
            let row = sqlx::query("SELECT id, kind, correlation, state, envelope, attempts, due_at, reason FROM inbox WHERE state = 2 AND id = $1")
                .bind(id.0)
                .fetch_optional(self.reader())
                .await
                .map_err(classify)?;
            row.as_ref().map(parked).transpose()
        })
        .await
    }

    async fn count_parked(&self) -> Result<u64, CommitError> {
        within(async {
            sqlx::query_scalar("SELECT count(*) FROM inbox WHERE state = 2")
                .fetch_one(self.reader())
                .await
                .map(i64::unsigned_abs)
                .map_err(classify)
        })
        .await
    }

    async fn replay(&self, id: EventId, edited: Option<&Envelope>) -> Result<bool, CommitError> {
        within(async {
            let written = sqlx::query(
                "UPDATE inbox SET state = 0, attempts = 0, due_at = 0, \
                 envelope = coalesce($2, envelope) WHERE id = $1 AND state = 2",
            )
            .bind(id.0)
            .bind(edited.map(to_text))
            .execute(self.writer())
            .await
            .map_err(classify)?
            .rows_affected();
            Ok(written == 1)
        })
        .await
    }

    async fn drop_parked(&self, id: EventId) -> Result<bool, CommitError> {
        within(async {
            let written = sqlx::query(
                "UPDATE inbox SET state = 1, envelope = NULL WHERE id = $1 AND state = 2",
            )
            .bind(id.0)
            .execute(self.writer())
            .await
            .map_err(classify)?
            .rows_affected();
            Ok(written == 1)
        })
        .await
    }

    async fn settled(&self, correlation: Uuid, kind: &str) -> Result<Settled, CommitError> {
        within(async {
            let rows: Vec<(i64, i64)> = sqlx::query_as(
                "SELECT state, count(*) FROM inbox WHERE correlation = $1 AND kind = $2 \
                 AND state > 0 GROUP BY state",
            )
            .bind(correlation)
            .bind(kind)
            .fetch_all(self.reader())
            .await
            .map_err(classify)?;
            let count = |wanted: i64| {
                rows.iter()
                    .find(|(state, _)| *state == wanted)
                    .map_or(0, |(_, n)| n.unsigned_abs())
            };
            Ok(Settled {
                done: count(DONE),
                parked: count(PARKED),
            })
        })
        .await
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, CommitError> {
        within(async {
            sqlx::query("DELETE FROM inbox WHERE state = 1 AND due_at < $1")
                .bind(before.as_microsecond())
                .execute(self.writer())
                .await
                .map(|result| result.rows_affected())
                .map_err(classify)
        })
        .await
    }
}

/// The event of a row that is waiting or parked.
fn event(row: &Row) -> Result<Envelope, CommitError> {
    let id: Uuid = column(row, "id")?;
    let text: Option<&str> = column(row, "envelope")?;
    let text = known(text, ("inbox", "envelope"), id, "an event", "none")?;
    Ok(from_text("inbox", id, text)?)
}

fn pending(row: &Row) -> Result<Pending, CommitError> {
    Ok(Pending {
        event: event(row)?,
        attempts: attempts(row)?,
    })
}

fn parked(row: &Row) -> Result<Parked, CommitError> {
    let (event, reason) = match event(row) {
        Ok(event) => (event, column::<Option<String>>(row, "reason")?),
        Err(unreadable) => {
            let id = column::<Uuid>(row, "id")?;
            let event = Unknown {
                id: EventId(id),
                kind: column(row, "kind")?,
                correlation: column(row, "correlation")?,
                at: moment(column(row, "due_at")?, DUE_AT, id)?,
                text: column(row, "envelope")?,
            };
            (event.stand_in(), Some(reason(unreadable)))
        }
    };
    Ok(Parked {
        event,
        attempts: attempts(row)?,
        reason: reason.unwrap_or_default(),
    })
}

/// An event that cannot be read waits for a human; those behind it do not wait for that.
async fn put_aside(store: &Store, row: &Row, reason: &str) -> Result<(), CommitError> {
    let id: Uuid = column(row, "id")?;
    tracing::error!(event = %id, reason, "kept unreadably, parked");
    sqlx::query("UPDATE inbox SET state = 2, reason = $2 WHERE id = $1 AND state = 0")
        .bind(id)
        .bind(reason)
        .execute(store.writer())
        .await
        .map(drop)
        .map_err(classify)
}

/// Reads a row in any state, to see whether it can be.
pub(super) fn examine(row: &Row) -> Result<(), CommitError> {
    let id: Uuid = column(row, "id")?;
    let state: i64 = column(row, "state")?;
    let is_known = [WAITING, DONE, PARKED].contains(&state).then_some(());
    known(is_known, ("inbox", "state"), id, "0, 1 or 2", state)?;
    column::<String>(row, "kind")?;
    column::<Uuid>(row, "correlation")?;
    moment(column(row, "due_at")?, DUE_AT, id)?;
    attempts(row)?;
    if state == DONE {
        Ok(())
    } else {
        event(row).map(drop)
    }
}

fn insert() -> QueryBuilder<Db> {
    QueryBuilder::new(
        "INSERT INTO inbox (id, kind, correlation, state, envelope, attempts, due_at, reason) ",
    )
}

/// Writes new events in the given state, by one transaction; `conflict` says what becomes of those
/// that are known.
async fn insert_all(
    store: &Store,
    events: &[Envelope],
    state: i64,
    envelope: impl Fn(&Envelope) -> Option<String> + Send,
    conflict: &str,
) -> Result<(), CommitError> {
    let mut transaction = store.writer().begin().await.map_err(classify)?;
    for events in events.chunks(ROWS) {
        let mut query = insert();
        query.push_values(events, |mut row, event| {
            row.push_bind(event.id.0)
                .push_bind(&event.kind)
                .push_bind(event.correlation_id)
                .push_bind(state)
                .push_bind(envelope(event))
                .push_bind(0i64)
                .push_bind(event.time.as_microsecond())
                .push_bind(None::<&str>);
        });
        query.push(conflict);
        query
            .build()
            .execute(&mut *transaction)
            .await
            .map_err(classify)?;
    }
    transaction.commit().await.map_err(classify)
}

/// Writes one event in the given state, unless it was handled.
async fn set(
    store: &Store,
    event: &Envelope,
    state: i64,
    attempts: u32,
    due: Timestamp,
    reason: &str,
) -> Result<(), CommitError> {
    let mut query = insert();
    query.push_values([event], |mut row, event| {
        row.push_bind(event.id.0)
            .push_bind(&event.kind)
            .push_bind(event.correlation_id)
            .push_bind(state)
            .push_bind(to_text(event))
            .push_bind(i64::from(attempts))
            .push_bind(due.as_microsecond())
            .push_bind(reason);
    });
    query.push(
        " ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, \
         due_at = excluded.due_at, reason = excluded.reason WHERE inbox.state <> 1",
    );
    query
        .build()
        .execute(store.writer())
        .await
        .map(drop)
        .map_err(classify)
}

fn attempts(row: &Row) -> Result<u32, CommitError> {
    let (id, attempts): (Uuid, i64) = (column(row, "id")?, column(row, "attempts")?);
    let number = u32::try_from(attempts).ok();
    Ok(known(
        number,
        ("inbox", "attempts"),
        id,
        "a number from 0",
        attempts,
    )?)
}
