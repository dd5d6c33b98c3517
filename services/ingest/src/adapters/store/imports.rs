//! Reading imports, their receipts and their blobs.
//!
//! An import that cannot be read is an error to whoever asks for it or for a page with it. To the
//! worker it is left out of what waits, so that the others do not wait for it. A line of a receipt
//! is an error on its page.

use jiff::Timestamp;
use kith_formats::Format;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use skeleton_durable::{commit::CommitError, sql::classify, stored::Unreadable};
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::{
    dialect::{Db, Pool},
    rows::{DbRow, NAMED, Reading, limit, push_list},
};
use crate::{
    domain::import::{Counts, FileFormat, Import, Outcome, Published, Status},
    ports::StoredLine,
};

/// What [`import_of`] expects; why not all: see `book.rs`.
pub(super) const IMPORT: &str = "id, account, version, file_name, format, status, created_at, \
    started_at, finished_at, bytes_total, bytes_done, taken, created, merged, updated, unchanged, \
    left_out, rejected, told_people, told_interactions, applied_by_search, applied_by_network, \
    problem";
/// What [`line_of`] expects.
pub(super) const LINE: &str = "import, ordinal, position, outcome, reason, person, label";

fn select() -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(IMPORT).push(" FROM import WHERE ");
    query
}

pub(super) fn import_of(row: &DbRow) -> Result<Import, Unreadable> {
    let row = Reading::of(row, "import", &["id"]);
    Ok(Import {
        id: ImportId(row.get("id")?),
        account: AccountId(row.get("account")?),
        version: row.get("version")?,
        file_name: row.get("file_name")?,
        format: FileFormat::named(row.get("format")?),
        status: Status::named(row.get("status")?),
        created_at: row.moment("created_at")?,
        started_at: row.moment_if_any("started_at")?,
        finished_at: row.moment_if_any("finished_at")?,
        bytes_total: row.count("bytes_total")?,
        bytes_done: row.count("bytes_done")?,
        taken: row.count("taken")?,
        counts: Counts {
            created: row.count("created")?,
            merged: row.count("merged")?,
            updated: row.count("updated")?,
            unchanged: row.count("unchanged")?,
            left_out: row.count("left_out")?,
            rejected: row.count("rejected")?,
        },
        published: Published {
            people: row.count("told_people")?,
            interactions: row.count("told_interactions")?,
        },
        applied_by_search: row.flag("applied_by_search")?,
        applied_by_network: row.flag("applied_by_network")?,
        problem: row.get("problem")?,
    })
}

pub(super) async fn import(on: &Pool, id: ImportId) -> Result<Option<Import>, CommitError> {
    let mut query = select();
    query.push("id = ").push_bind(id.0);
    let row = query.build().fetch_optional(on).await.map_err(classify)?;
    Ok(row.as_ref().map(import_of).transpose()?)
}

pub(super) async fn imports(
    on: &Pool,
    account: AccountId,
    after: Option<ImportId>,
    most: usize,
) -> Result<Vec<Import>, CommitError> {
    let mut query = select();
    query.push("account = ").push_bind(account.0);
    if let Some(after) = after {
        query.push(" AND id < ").push_bind(after.0);
    }
    query
        .push(" ORDER BY id DESC LIMIT ")
        .push_bind(limit(most));
    let rows = query.build().fetch_all(on).await.map_err(classify)?;
    let imports = rows.iter().map(import_of);
    Ok(imports.collect::<Result<_, _>>()?)
}

/// Of the formats that this version reads: the others wait for a later one. An import that cannot be
/// read gives way to the next of its account.
pub(super) async fn waiting(on: &Pool, most: usize) -> Result<Vec<Import>, CommitError> {
    let mut unreadable: Vec<Uuid> = Vec::new();
    loop {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query.push(IMPORT).push(
            " FROM (SELECT oldest.*, row_number() OVER (PARTITION BY status ORDER BY id) AS turn \
             FROM (SELECT import.*, row_number() OVER (PARTITION BY account ORDER BY id) AS place \
             FROM import WHERE status IN ('queued', 'reading') AND format IN",
        );
        push_list(&mut query, Format::ALL.map(Format::as_str));
        if !unreadable.is_empty() {
            query.push(" AND id NOT IN");
            push_list(&mut query, unreadable.iter().copied());
        }
        query
            .push(") AS oldest WHERE place = 1) AS waiting ORDER BY turn, id LIMIT ")
            .push_bind(limit(most));
        let rows = query.build().fetch_all(on).await.map_err(classify)?;
        let before = unreadable.len();
        let mut imports = Vec::with_capacity(rows.len());
        for row in &rows {
            match import_of(row) {
                Ok(import) => imports.push(import),
                Err(error) => {
                    tracing::error!(%error, "an import cannot be run");
                    unreadable.extend(row.try_get::<Uuid, _>("id"));
                }
            }
        }
        if unreadable.len() == before || unreadable.len() > NAMED {
            return Ok(imports);
        }
    }
}

pub(super) async fn receipt(
    on: &Pool,
    import: ImportId,
    outcome: Option<Outcome>,
    after: u64,
    most: usize,
) -> Result<Vec<StoredLine>, CommitError> {
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    query
        .push(LINE)
        .push(" FROM receipt WHERE import = ")
        .push_bind(import.0)
        .push(" AND ordinal > ")
        .push_bind(i64::try_from(after).unwrap_or(i64::MAX));
    if let Some(outcome) = outcome {
        query.push(" AND outcome = ").push_bind(outcome.as_str());
    }
    query
        .push(" ORDER BY ordinal LIMIT ")
        .push_bind(limit(most));
    let rows = query.build().fetch_all(on).await.map_err(classify)?;
    let lines = rows.iter().map(line_of);
    Ok(lines.collect::<Result<_, _>>()?)
}

pub(super) fn line_of(row: &DbRow) -> Result<StoredLine, Unreadable> {
    let row = Reading::of(row, "receipt", &["import", "ordinal"]);
    Ok(StoredLine {
        ordinal: row.count("ordinal")?,
        position: row.get("position")?,
        outcome: row.get("outcome")?,
        reason: row.get("reason")?,
        person: row.get::<Option<Uuid>>("person")?.map(PersonId),
        label: row.get("label")?,
    })
}

/// The second of each: whether it is an import (else an upload that came to nothing). An import in a
/// status of a later version may need its file still.
pub(super) async fn useless_blobs(
    on: &Pool,
    before: Timestamp,
    most: usize,
) -> Result<Vec<(ImportId, bool)>, CommitError> {
    let ended: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM import WHERE has_blob = 1 \
         AND status IN ('applying', 'succeeded', 'failed', 'cancelled') ORDER BY id LIMIT $1",
    )
    .bind(limit(most))
    .fetch_all(on)
    .await
    .map_err(classify)?;
    let left: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM upload WHERE began_at < $1 ORDER BY id LIMIT $2")
            .bind(before.as_microsecond())
            .bind(limit(most))
            .fetch_all(on)
            .await
            .map_err(classify)?;
    let ended = ended.into_iter().map(|id| (ImportId(id), true));
    Ok(ended
        .chain(left.into_iter().map(|id| (ImportId(id), false)))
        .collect())
}

pub(super) async fn blobs_of(on: &Pool, account: AccountId) -> Result<Vec<ImportId>, CommitError> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM import WHERE account = $1 AND has_blob = 1 \
         UNION SELECT id FROM upload WHERE account = $1",
    )
    .bind(account.0)
    .fetch_all(on)
    .await
    .map_err(classify)?;
    Ok(ids.into_iter().map(ImportId).collect())
}
