//! Writing: the book, its persons and their records.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::sql::WriteError;
use sqlx::QueryBuilder;

use super::{
    dialect::{Connection, Db},
    write::{ROWS, json},
};
use crate::domain::{
    book::Person,
    record::{Arrival, Record},
};

pub(super) async fn pair_of(
    text: &'static str,
    account: AccountId,
    (a, b): (PersonId, PersonId),
    on: &mut Connection,
) -> Result<(), WriteError> {
    sqlx::query(text)
        .bind(account.0)
        .bind(a.0)
        .bind(b.0)
        .execute(on)
        .await?;
    Ok(())
}

/// An account of which users has not told yet has version -1.
pub(super) async fn take_book(
    account: AccountId,
    expected: i64,
    on: &mut Connection,
) -> Result<(), WriteError> {
    let rows = sqlx::query(
        "INSERT INTO account (id, version, book_version) VALUES ($1, -1, 1) \
         ON CONFLICT (id) DO UPDATE SET book_version = account.book_version + 1 \
         WHERE account.book_version = $2 AND account.erased = 0",
    )
    .bind(account.0)
    .bind(expected)
    .execute(on)
    .await?
    .rows_affected();
    WriteError::unless_one(rows, "the book was changed in the meantime")
}

pub(super) async fn persons(
    rows: &[(AccountId, &Person, PersonId)],
    on: &mut Connection,
) -> Result<(), WriteError> {
    for rows in rows.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO person (id, account, version, root, merged_into, merge_id, merge_reason, \
             merged_at, display_name, created_at) ",
        );
        query.push_values(rows, |mut row, (account, person, root)| {
            let merged = person.merged.as_ref();
            row.push_bind(person.id.0)
                .push_bind(account.0)
                .push_bind(person.version)
                .push_bind(root.0)
                .push_bind(merged.map(|it| it.into.0))
                .push_bind(merged.map(|it| it.merge_id))
                .push_bind(merged.map(|it| it.reason.as_str()))
                .push_bind(merged.map(|it| it.at.as_microsecond()))
                .push_bind(person.display_name.as_str())
                .push_bind(person.created_at.as_microsecond());
        });
        query.push(
            " ON CONFLICT (id) DO UPDATE SET version = excluded.version, root = excluded.root, \
             merged_into = excluded.merged_into, merge_id = excluded.merge_id, \
             merge_reason = excluded.merge_reason, merged_at = excluded.merged_at, \
             display_name = excluded.display_name WHERE person.version = excluded.version - 1",
        );
        let written = query
            .build()
            .persistent(false)
            .execute(&mut *on)
            .await?
            .rows_affected();
        if written != rows.len() as u64 {
            return Err(WriteError::Conflict(
                "a person was changed in the meantime".to_owned(),
            ));
        }
    }
    Ok(())
}

pub(super) async fn records(
    rows: &[(AccountId, &Record, &Arrival, Timestamp)],
    on: &mut Connection,
) -> Result<(), WriteError> {
    for rows in rows.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO record (id, account, home, hash, source, import, file_name, position, \
             observed_at, recorded_at, keys, said, raw) ",
        );
        query.push_values(rows, |mut row, (account, record, arrival, at)| {
            let keys: Vec<&str> = record.keys.iter().map(|key| key.0.as_str()).collect();
            row.push_bind(record.id.0)
                .push_bind(account.0)
                .push_bind(record.home.0)
                .push_bind(arrival.hash.as_slice())
                .push_bind(record.source.as_str())
                .push_bind(arrival.import.map(|id| id.0))
                .push_bind(record.file_name.as_deref())
                .push_bind(arrival.position.as_str())
                .push_bind(record.observed_at.as_microsecond())
                .push_bind(at.as_microsecond())
                .push_bind(json(&keys))
                .push_bind(json(&record.said))
                .push_bind(arrival.raw.as_str());
        });
        query.build().persistent(false).execute(&mut *on).await?;
    }
    let keys: Vec<(AccountId, &str, &Record)> = rows
        .iter()
        .flat_map(|(account, record, ..)| {
            record
                .keys
                .iter()
                .map(|key| (*account, key.0.as_str(), *record))
        })
        .collect();
    for keys in keys.chunks(ROWS) {
        let mut query =
            QueryBuilder::<Db>::new("INSERT INTO person_key (account, key, record, home) ");
        query.push_values(keys, |mut row, (account, key, record)| {
            row.push_bind(account.0)
                .push_bind(*key)
                .push_bind(record.id.0)
                .push_bind(record.home.0);
        });
        query.push(" ON CONFLICT DO NOTHING");
        query.build().persistent(false).execute(&mut *on).await?;
    }
    Ok(())
}
