//! Writing: the book, its persons and their records.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId, PersonId, RecordId};
use skeleton_durable::{
    sql::{WriteError, push_list},
    stored,
};
use sqlx::QueryBuilder;

use super::{
    super::dialect::{Connection, Db},
    ROWS, execute, run, run_of_different,
};
use crate::{
    adapters::store::stored::{StoredKeys, StoredSaid},
    domain::record::Record,
    ports::Write,
};

/// Nothing where they are known to be different already.
pub(super) async fn different(
    account: AccountId,
    pair: (PersonId, PersonId),
    on: &mut Connection,
) -> Result<(), WriteError> {
    let text = "INSERT INTO different (account, a, b) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    pair_of(text, account, pair, on).await
}

/// Nothing where they are not known to be different.
pub(super) async fn not_different(
    account: AccountId,
    pair: (PersonId, PersonId),
    on: &mut Connection,
) -> Result<(), WriteError> {
    let text = "DELETE FROM different WHERE account = $1 AND a = $2 AND b = $3";
    pair_of(text, account, pair, on).await
}

pub(super) async fn remove_record(id: RecordId, on: &mut Connection) -> Result<(), WriteError> {
    execute("DELETE FROM person_key WHERE record = $1", id.0, on).await?;
    let rows = execute("DELETE FROM record WHERE id = $1", id.0, on).await?;
    WriteError::unless_one(rows, "the record was removed in the meantime")
}

/// From `at` on the source says something else.
pub(super) async fn end_record(
    id: RecordId,
    at: Timestamp,
    on: &mut Connection,
) -> Result<(), WriteError> {
    let rows = sqlx::query("UPDATE record SET until = $2 WHERE id = $1 AND until IS NULL")
        .bind(id.0)
        .bind(at.as_microsecond())
        .execute(on)
        .await?
        .rows_affected();
    WriteError::unless_one(rows, "the record was changed in the meantime")
}

/// An import brought these again as they are.
pub(super) async fn see_records(
    import: ImportId,
    ids: &[RecordId],
    on: &mut Connection,
) -> Result<(), WriteError> {
    for ids in ids.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new("UPDATE record SET seen = ");
        query.push_bind(import.0).push(" WHERE id IN");
        push_list(&mut query, ids.iter().map(|id| id.0));
        query.build().persistent(false).execute(&mut *on).await?;
    }
    Ok(())
}

/// The record is found by its keys and no others.
pub(super) async fn rekey_record(
    account: AccountId,
    record: &Record,
    on: &mut Connection,
) -> Result<(), WriteError> {
    execute("DELETE FROM person_key WHERE record = $1", record.id.0, on).await?;
    let rows = sqlx::query("UPDATE record SET keys = $2 WHERE id = $1")
        .bind(record.id.0)
        .bind(stored::write(&StoredKeys::from(record.keys.as_slice())))
        .execute(&mut *on)
        .await?
        .rows_affected();
    WriteError::unless_one(rows, "the record was removed in the meantime")?;
    keys_of(std::iter::once((account, record)), on).await
}

pub(super) async fn move_record(
    id: RecordId,
    home: PersonId,
    on: &mut Connection,
) -> Result<(), WriteError> {
    let texts = [
        "UPDATE person_key SET home = $2 WHERE record = $1",
        "UPDATE record SET home = $2 WHERE id = $1",
    ];
    let mut rows = 0;
    for text in texts {
        let query = sqlx::query(text).bind(id.0).bind(home.0);
        rows = query.execute(&mut *on).await?.rows_affected();
    }
    WriteError::unless_one(rows, "the record was removed in the meantime")
}

async fn pair_of(
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

/// An account that users has not published yet has version -1.
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

pub(super) async fn persons(writes: &[Write], on: &mut Connection) -> Result<usize, WriteError> {
    let rows = run_of_different(
        writes,
        |write| match write {
            Write::Person {
                account,
                person,
                root,
            } => Some((account, person, root)),
            _ => None,
        },
        |(_, person, _)| person.id,
    );
    let mut query = QueryBuilder::<Db>::new(
        "INSERT INTO person (id, account, version, root, merged_into, merge_id, merge_reason, \
         merged_at, merge_by, merge_bits, display_name, created_at) ",
    );
    query.push_values(&rows, |mut row, (account, person, root)| {
        let merged = person.merged.as_ref();
        row.push_bind(person.id.0)
            .push_bind(account.0)
            .push_bind(person.version)
            .push_bind(root.0)
            .push_bind(merged.map(|it| it.into.0))
            .push_bind(merged.map(|it| it.merge_id))
            .push_bind(merged.map(|it| it.reason.as_str()))
            .push_bind(merged.map(|it| it.at.as_microsecond()))
            .push_bind(merged.map(|it| it.by.as_str()))
            .push_bind(merged.and_then(|it| it.bits).map(i64::from))
            .push_bind(person.display_name.as_str())
            .push_bind(person.created_at.as_microsecond());
    });
    query.push(
        " ON CONFLICT (id) DO UPDATE SET version = excluded.version, root = excluded.root, \
         merged_into = excluded.merged_into, merge_id = excluded.merge_id, \
         merge_reason = excluded.merge_reason, merged_at = excluded.merged_at, \
         merge_by = excluded.merge_by, merge_bits = excluded.merge_bits, \
         display_name = excluded.display_name WHERE person.version = excluded.version - 1",
    );
    let done = query.build().persistent(false).execute(on).await?;
    if done.rows_affected() != rows.len() as u64 {
        return Err(WriteError::Conflict(
            "a person was changed in the meantime".to_owned(),
        ));
    }
    Ok(rows.len())
}

/// Records are new, each with an id of its own; a second one with the same is a conflict.
pub(super) async fn records(writes: &[Write], on: &mut Connection) -> Result<usize, WriteError> {
    let rows = run(writes, |write| match write {
        Write::RecordAdded {
            account,
            record,
            arrival,
            at,
        } => Some((account, record, arrival, at)),
        _ => None,
    });
    let mut query = QueryBuilder::<Db>::new(
        "INSERT INTO record (id, account, home, hash, source, import, file_name, position, \
         observed_at, recorded_at, until, keys, said, raw) ",
    );
    query.push_values(&rows, |mut row, (account, record, arrival, at)| {
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
            .push_bind(record.until.map(Timestamp::as_microsecond))
            .push_bind(stored::write(&StoredKeys::from(record.keys.as_slice())))
            .push_bind(stored::write(&StoredSaid::from(&record.said)))
            .push_bind(arrival.raw.as_str());
    });
    query.build().persistent(false).execute(&mut *on).await?;
    let added = rows
        .iter()
        .map(|(account, record, ..)| (**account, &***record));
    keys_of(added, on).await?;
    Ok(rows.len())
}

async fn keys_of(
    added: impl Iterator<Item = (AccountId, &Record)>,
    on: &mut Connection,
) -> Result<(), WriteError> {
    let keys = added.flat_map(|(account, record)| {
        let keys = record.keys.iter();
        keys.map(move |key| (account, key.0.as_str(), record))
    });
    let keys: Vec<(AccountId, &str, &Record)> = keys.collect();
    for keys in keys.chunks(ROWS) {
        let mut query =
            QueryBuilder::<Db>::new("INSERT INTO person_key (account, key, record, home) ");
        query.push_values(keys, |mut row, (account, key, record)| {
            row.push_bind(account.0)
                .push_bind(*key)
                .push_bind(record.id.0)
                .push_bind(record.home.0);
        });
        // A record that names a key twice has it once.
        query.push(" ON CONFLICT DO NOTHING");
        query.build().persistent(false).execute(&mut *on).await?;
    }
    Ok(())
}
