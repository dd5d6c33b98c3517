//! Writing: imports and their receipts.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::sql::{WriteError, number};
use sqlx::QueryBuilder;

use super::{
    super::dialect::{Connection, Db},
    execute, run,
};
use crate::{domain::import::Import, ports::Write};

/// Nothing where it is there already.
pub(super) async fn insert_import(import: &Import, on: &mut Connection) -> Result<(), WriteError> {
    let gone: Option<i64> =
        sqlx::query_scalar("SELECT erased FROM account WHERE id = $1 AND erased = 1")
            .bind(import.account.0)
            .fetch_optional(&mut *on)
            .await?;
    if gone.is_some() {
        return Err(WriteError::Conflict("the account is gone".to_owned()));
    }
    sqlx::query(
        "INSERT INTO import (id, account, version, file_name, format, status, created_at, bytes_total, \
         bytes_done, taken, created, merged, updated, unchanged, left_out, rejected, told_people, \
         told_interactions, applied_by_search, applied_by_network) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(import.id.0)
    .bind(import.account.0)
    .bind(import.version)
    .bind(&import.file_name)
    .bind(import.format.as_str())
    .bind(import.stage.parts().name)
    .bind(import.created_at.as_microsecond())
    .bind(number(import.bytes_total))
    .execute(on)
    .await?;
    Ok(())
}

pub(super) async fn save_import(import: &Import, on: &mut Connection) -> Result<(), WriteError> {
    let stage = import.stage.parts();
    let rows = sqlx::query(
        "UPDATE import SET version = $2, status = $3, started_at = $4, finished_at = $5, bytes_done = $6, \
         taken = $7, created = $8, merged = $9, updated = $10, unchanged = $11, left_out = $12, \
         rejected = $13, told_people = $14, told_interactions = $15, applied_by_search = $16, \
         applied_by_network = $17, problem = $18 WHERE id = $1 AND version = $2 - 1",
    )
    .bind(import.id.0)
    .bind(import.version)
    .bind(stage.name)
    .bind(stage.started_at.map(Timestamp::as_microsecond))
    .bind(stage.finished_at.map(Timestamp::as_microsecond))
    .bind(number(import.bytes_done))
    .bind(number(import.taken))
    .bind(number(import.counts.created))
    .bind(number(import.counts.merged))
    .bind(number(import.counts.updated))
    .bind(number(import.counts.unchanged))
    .bind(number(import.counts.left_out))
    .bind(number(import.counts.rejected))
    .bind(number(import.published.people))
    .bind(number(import.published.interactions))
    .bind(i64::from(import.applied.by_search))
    .bind(i64::from(import.applied.by_network))
    .bind(stage.problem)
    .execute(on)
    .await?
    .rows_affected();
    WriteError::unless_one(rows, "the import was changed in the meantime")
}

pub(super) async fn receipts(writes: &[Write], on: &mut Connection) -> Result<usize, WriteError> {
    let rows = run(writes, |write| match write {
        Write::Receipt { import, line } => Some((import, line)),
        _ => None,
    });
    let mut query = QueryBuilder::<Db>::new(
        "INSERT INTO receipt (import, ordinal, position, outcome, reason, person, label) ",
    );
    query.push_values(&rows, |mut row, (import, line)| {
        row.push_bind(import.0)
            .push_bind(number(line.ordinal))
            .push_bind(line.position.as_str())
            .push_bind(line.outcome.as_str())
            .push_bind(line.reason.as_deref())
            .push_bind(line.person.map(|id| id.0))
            .push_bind(line.label.as_str());
    });
    query.build().persistent(false).execute(on).await?;
    Ok(rows.len())
}

/// Nothing where it has begun already.
pub(super) async fn begin_upload(
    id: ImportId,
    account: AccountId,
    at: Timestamp,
    on: &mut Connection,
) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO upload (id, account, began_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id.0)
    .bind(account.0)
    .bind(at.as_microsecond())
    .execute(on)
    .await?;
    Ok(())
}

/// Nothing where it has ended already.
pub(super) async fn end_upload(id: ImportId, on: &mut Connection) -> Result<(), WriteError> {
    execute("DELETE FROM upload WHERE id = $1", id.0, on).await?;
    Ok(())
}

/// Nothing where the import was erased meanwhile.
pub(super) async fn blob_gone(id: ImportId, on: &mut Connection) -> Result<(), WriteError> {
    execute("UPDATE import SET has_blob = 0 WHERE id = $1", id.0, on).await?;
    Ok(())
}
