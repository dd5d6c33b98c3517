//! How changes are written; the same text for both dialects.

use std::time::Duration;

use jiff::Timestamp;
use skeleton_durable::sql::WriteError;
use sqlx::{AssertSqlSafe, QueryBuilder};
use uuid::Uuid;

use super::{
    Write as SqlWrite,
    dialect::{Connection, Db, NOW_MICROS},
};
use crate::{
    domain::tasks::{ClockSeen, Task},
    ports::Write,
};

/// Rows of one statement; both databases bound the parameters of one.
const ROWS: usize = 500;

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4)
}

impl SqlWrite for Write {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        match self {
            Self::Live {
                account,
                event,
                data,
                kept,
            } => tell(on, *account, event, data, *kept).await,
            Self::Account { id, email, version } => {
                know_account(on, *id, email.as_deref(), *version).await
            }
            Self::Forget(account) => forget(on, *account).await,
            Self::Take {
                bucket,
                cost,
                holds,
            } => take(on, bucket, micros(*cost), micros(*holds)).await,
            Self::Spend(spent) => spend(on, spent).await,
            Self::DropFullBuckets => drop_full_buckets(on).await,
            Self::Task(task) => keep_task(on, task).await,
            Self::TaskClock(seen) => see_clock(on, seen).await,
            Self::Epoch(name) => begin_epoch(on, name).await,
        }
    }

    /// In one order of accounts everywhere, so that two replicas that tell the same accounts wait
    /// for instead of block each other. Writes of one account keep their order.
    async fn apply_all(writes: &[Self], on: &mut Connection) -> Result<(), WriteError> {
        let mut sorted: Vec<&Self> = writes.iter().collect();
        sorted.sort_by_key(|write| place(write));
        for write in sorted {
            write.apply(on).await?;
        }
        Ok(())
    }
}

/// The rows that it locks: which table, whose.
fn place(write: &Write) -> (u8, Uuid) {
    match write {
        Write::Account { id, .. } => (0, *id),
        Write::Live { account, .. } | Write::Forget(account) => (1, *account),
        Write::Take { .. } | Write::Spend(_) | Write::DropFullBuckets => (2, Uuid::nil()),
        Write::Task(_) | Write::TaskClock(_) | Write::Epoch(_) => (3, Uuid::nil()),
    }
}

async fn tell(
    on: &mut Connection,
    account: Uuid,
    event: &str,
    data: &str,
    kept: i64,
) -> Result<(), WriteError> {
    // Locks the account's head until the commit: the next id is given out after this one is seen.
    let text = format!(
        "INSERT INTO live_head (account, newest, at) VALUES ($1, 1, {NOW_MICROS}) \
         ON CONFLICT (account) DO UPDATE SET newest = live_head.newest + 1, at = excluded.at \
         RETURNING newest"
    );
    let id: i64 = sqlx::query_scalar(AssertSqlSafe(text))
        .bind(account)
        .fetch_one(&mut *on)
        .await?;
    sqlx::query("INSERT INTO live (account, id, event, data) VALUES ($1, $2, $3, $4)")
        .bind(account)
        .bind(id)
        .bind(event)
        .bind(data)
        .execute(&mut *on)
        .await?;
    sqlx::query("DELETE FROM live WHERE account = $1 AND id <= $2")
        .bind(account)
        .bind(id - kept)
        .execute(on)
        .await?;
    Ok(())
}

async fn know_account(
    on: &mut Connection,
    id: Uuid,
    email: Option<&str>,
    version: i64,
) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO account (id, email, version) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET email = excluded.email, version = excluded.version \
         WHERE excluded.version > account.version",
    )
    .bind(id)
    .bind(email)
    .bind(version)
    .execute(on)
    .await?;
    Ok(())
}

async fn forget(on: &mut Connection, account: Uuid) -> Result<(), WriteError> {
    for text in [
        "DELETE FROM live_head WHERE account = $1",
        "DELETE FROM live WHERE account = $1",
    ] {
        sqlx::query(text).bind(account).execute(&mut *on).await?;
    }
    Ok(())
}

/// A bucket that takes longer to fill up, in microseconds, was emptied while the clock was ahead: it is full.
pub(super) const AHEAD: i64 = 3_600_000_000;

/// When a bucket that is full at `full_at` is full again if something is taken now.
fn from_now_on() -> String {
    format!(
        "(CASE WHEN allowance.full_at > {NOW_MICROS} AND allowance.full_at < {NOW_MICROS} + {AHEAD} \
         THEN allowance.full_at ELSE {NOW_MICROS} END)"
    )
}

async fn take(on: &mut Connection, bucket: &str, cost: i64, holds: i64) -> Result<(), WriteError> {
    let before = from_now_on();
    let text = format!(
        "INSERT INTO allowance (name, full_at) VALUES ($1, {NOW_MICROS} + $2) \
         ON CONFLICT (name) DO UPDATE SET full_at = {before} + $2 \
         WHERE {before} + $2 <= {NOW_MICROS} + $3"
    );
    let written = sqlx::query(AssertSqlSafe(text))
        .bind(bucket)
        .bind(cost)
        .bind(holds)
        .execute(on)
        .await?;
    WriteError::unless_one(written.rows_affected(), "the bucket is empty")
}

async fn spend(on: &mut Connection, spent: &[(String, Duration)]) -> Result<(), WriteError> {
    let mut sorted: Vec<&(String, Duration)> = spent.iter().collect();
    sorted.sort();
    let before = from_now_on();
    for rows in sorted.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO allowance (name, full_at) ");
        query.push_values(rows, |mut row, (name, cost)| {
            row.push_bind(name)
                .push(format!("{NOW_MICROS} + "))
                .push_bind_unseparated(micros(*cost));
        });
        query.push(format!(
            " ON CONFLICT (name) DO UPDATE SET \
             full_at = {before} + (excluded.full_at - {NOW_MICROS})"
        ));
        query.build().execute(&mut *on).await?;
    }
    Ok(())
}

async fn drop_full_buckets(on: &mut Connection) -> Result<(), WriteError> {
    let text = format!("DELETE FROM allowance WHERE full_at <= {NOW_MICROS}");
    sqlx::query(AssertSqlSafe(text)).execute(on).await?;
    Ok(())
}

async fn keep_task(on: &mut Connection, task: &Task) -> Result<(), WriteError> {
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    sqlx::query(
        "INSERT INTO task (name, tried_at, due_at, succeeded_at, failing_since, failure, notified_at, \
         archive, bytes, oldest_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (name) DO UPDATE SET tried_at = excluded.tried_at, due_at = excluded.due_at, \
         succeeded_at = excluded.succeeded_at, failing_since = excluded.failing_since, \
         failure = excluded.failure, notified_at = excluded.notified_at, archive = excluded.archive, \
         bytes = excluded.bytes, oldest_at = excluded.oldest_at",
    )
    .bind(&task.name)
    .bind(task.tried_at.as_microsecond())
    .bind(task.due_at.as_microsecond())
    .bind(micros(task.succeeded_at))
    .bind(micros(task.failing_since))
    .bind(task.failure.as_deref())
    .bind(micros(task.notified_at))
    .bind(task.archive.as_deref())
    .bind(task.bytes)
    .bind(micros(task.oldest_at))
    .execute(on)
    .await?;
    Ok(())
}

async fn see_clock(on: &mut Connection, seen: &ClockSeen) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO task_clock (id, seen_at, steady_since) VALUES (1, $1, $2) \
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, \
         steady_since = excluded.steady_since",
    )
    .bind(seen.seen_at.as_microsecond())
    .bind(seen.steady_since.as_microsecond())
    .execute(on)
    .await?;
    Ok(())
}

async fn begin_epoch(on: &mut Connection, name: &str) -> Result<(), WriteError> {
    sqlx::query("UPDATE epoch SET name = $1")
        .bind(name)
        .execute(on)
        .await?;
    Ok(())
}
