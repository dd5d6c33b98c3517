//! Reading imports, their receipts and their blobs.

use jiff::Timestamp;
use kith_formats::Format;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::{
    book::timestamp,
    dialect::{Db, Pool},
};
use crate::domain::import::{Counts, Import, Outcome, Published, ReceiptLine, Status};

type DbRow = <Db as sqlx::Database>::Row;

const SELECT: &str = "SELECT * FROM import WHERE ";

fn from_row(row: &DbRow) -> Result<Import, sqlx::Error> {
    let number = |name: &str| row.try_get::<i64, _>(name).map(i64::unsigned_abs);
    let moment = |name: &str| {
        row.try_get::<Option<i64>, _>(name)
            .map(|at| at.map(timestamp))
    };
    let format: &str = row.try_get("format")?;
    Ok(Import {
        id: ImportId(row.try_get("id")?),
        account: AccountId(row.try_get("account")?),
        version: row.try_get("version")?,
        file_name: row.try_get("file_name")?,
        format: Format::ALL
            .into_iter()
            .find(|it| it.as_str() == format)
            .unwrap_or(Format::Vcard),
        status: Status::named(row.try_get("status")?).unwrap_or(Status::Failed),
        created_at: timestamp(row.try_get("created_at")?),
        started_at: moment("started_at")?,
        finished_at: moment("finished_at")?,
        bytes_total: number("bytes_total")?,
        bytes_done: number("bytes_done")?,
        taken: number("taken")?,
        counts: Counts {
            created: number("created")?,
            merged: number("merged")?,
            updated: number("updated")?,
            unchanged: number("unchanged")?,
            left_out: number("left_out")?,
            rejected: number("rejected")?,
        },
        published: Published {
            people: number("told_people")?,
            interactions: number("told_interactions")?,
        },
        applied_by_search: number("applied_by_search")? > 0,
        applied_by_network: number("applied_by_network")? > 0,
        problem: row.try_get("problem")?,
    })
}

pub(super) async fn import(on: &Pool, id: ImportId) -> Result<Option<Import>, sqlx::Error> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push("id = ").push_bind(id.0);
    query
        .build()
        .fetch_optional(on)
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

pub(super) async fn imports(
    on: &Pool,
    account: AccountId,
    after: Option<ImportId>,
    limit: usize,
) -> Result<Vec<Import>, sqlx::Error> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push("account = ").push_bind(account.0);
    if let Some(after) = after {
        query.push(" AND id < ").push_bind(after.0);
    }
    query
        .push(" ORDER BY id DESC LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query
        .build()
        .fetch_all(on)
        .await?
        .iter()
        .map(from_row)
        .collect()
}

pub(super) async fn waiting(on: &Pool, limit: usize) -> Result<Vec<Import>, sqlx::Error> {
    let mut query = QueryBuilder::<Db>::new(
        "SELECT * FROM (SELECT oldest.*, row_number() OVER (PARTITION BY status ORDER BY id) AS turn \
         FROM (SELECT import.*, row_number() OVER (PARTITION BY account ORDER BY id) AS place \
         FROM import WHERE status IN ('queued', 'reading')) AS oldest WHERE place = 1) AS waiting \
         ORDER BY turn, id LIMIT ",
    );
    query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query
        .build()
        .fetch_all(on)
        .await?
        .iter()
        .map(from_row)
        .collect()
}

pub(super) async fn receipt(
    on: &Pool,
    import: ImportId,
    outcome: Option<Outcome>,
    after: u64,
    limit: usize,
) -> Result<Vec<ReceiptLine>, sqlx::Error> {
    let mut query = QueryBuilder::<Db>::new(
        "SELECT ordinal, position, outcome, reason, person, label FROM receipt WHERE import = ",
    );
    query
        .push_bind(import.0)
        .push(" AND ordinal > ")
        .push_bind(i64::try_from(after).unwrap_or(i64::MAX));
    if let Some(outcome) = outcome {
        query.push(" AND outcome = ").push_bind(outcome.as_str());
    }
    query
        .push(" ORDER BY ordinal LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = query.build().fetch_all(on).await?;
    rows.iter()
        .map(|row| {
            Ok(ReceiptLine {
                ordinal: row.try_get::<i64, _>(0)?.unsigned_abs(),
                position: row.try_get(1)?,
                outcome: Outcome::named(row.try_get(2)?).unwrap_or(Outcome::Rejected),
                reason: row.try_get(3)?,
                person: row.try_get::<Option<Uuid>, _>(4)?.map(PersonId),
                label: row.try_get(5)?,
            })
        })
        .collect()
}

/// The second of each: whether it is an import (else an upload that came to nothing).
pub(super) async fn useless_blobs(
    on: &Pool,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<(ImportId, bool)>, sqlx::Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ended: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM import WHERE has_blob = 1 AND status NOT IN ('queued', 'reading') ORDER BY id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(on)
    .await?;
    let left: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM upload WHERE began_at < $1 ORDER BY id LIMIT $2")
            .bind(before.as_microsecond())
            .bind(limit)
            .fetch_all(on)
            .await?;
    let ended = ended.into_iter().map(|id| (ImportId(id), true));
    Ok(ended
        .chain(left.into_iter().map(|id| (ImportId(id), false)))
        .collect())
}

pub(super) async fn blobs_of(on: &Pool, account: AccountId) -> Result<Vec<ImportId>, sqlx::Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM import WHERE account = $1 AND has_blob = 1 \
         UNION SELECT id FROM upload WHERE account = $1",
    )
    .bind(account.0)
    .fetch_all(on)
    .await?;
    Ok(ids.into_iter().map(ImportId).collect())
}
