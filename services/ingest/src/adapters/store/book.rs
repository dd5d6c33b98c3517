//! Reading accounts, persons and records.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId, RecordId};
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::dialect::{Db, Pool};
use crate::{
    domain::{
        account::Account,
        book::{Book, Merged, Person},
        key::Key,
        record::{Record, Source},
    },
    ports::{StoredRecord, Wanted},
};

type DbRow = <Db as sqlx::Database>::Row;

/// Values named in one statement; both databases bind more.
const NAMED: usize = 1000;

pub(super) fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn decode<E: std::error::Error + Send + Sync + 'static>(error: E) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// Appends `(v, v, …)`.
pub(super) fn push_list<'a, T>(query: &mut QueryBuilder<Db>, values: impl IntoIterator<Item = T>)
where
    T: 'a + sqlx::Encode<'a, Db> + sqlx::Type<Db>,
{
    query.push(" (");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}

pub(super) async fn account(on: &Pool, id: AccountId) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query("SELECT version, region, emails, keys FROM account WHERE id = $1 AND erased = 0 AND version >= 0")
        .bind(id.0)
        .fetch_optional(on)
        .await?;
    row.map(|row| {
        Ok(Account {
            id,
            version: row.try_get(0)?,
            region: row.try_get(1)?,
            emails: serde_json::from_str(row.try_get(2)?).map_err(decode)?,
            keys: serde_json::from_str(row.try_get(3)?).map_err(decode)?,
        })
    })
    .transpose()
}

pub(super) async fn book(
    on: &Pool,
    account: AccountId,
    wanted: &Wanted,
) -> Result<Book, sqlx::Error> {
    // First: what is read later can only be newer, and then the commit finds out.
    let version: Option<i64> = sqlx::query_scalar("SELECT book_version FROM account WHERE id = $1")
        .bind(account.0)
        .fetch_optional(on)
        .await?;
    let mut roots = BTreeSet::new();
    for keys in wanted.keys.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT DISTINCT p.root FROM person_key k JOIN person p ON p.id = k.home WHERE k.account = ",
        );
        query.push_bind(account.0).push(" AND k.key IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        let found: Vec<Uuid> = query.build_query_scalar().fetch_all(on).await?;
        roots.extend(found);
    }
    for persons in wanted.persons.chunks(NAMED) {
        let mut query =
            QueryBuilder::<Db>::new("SELECT DISTINCT root FROM person WHERE account = ");
        query.push_bind(account.0).push(" AND id IN");
        push_list(&mut query, persons.iter().map(|id| id.0));
        let found: Vec<Uuid> = query.build_query_scalar().fetch_all(on).await?;
        roots.extend(found);
    }
    let roots: Vec<Uuid> = roots.into_iter().collect();
    let (mut persons, mut records) = (Vec::new(), Vec::new());
    for roots in roots.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT id, version, merged_into, merge_id, merge_reason, merged_at, display_name, created_at \
             FROM person WHERE root IN",
        );
        push_list(&mut query, roots.iter().copied());
        for row in query.build().fetch_all(on).await? {
            persons.push(person(&row)?);
        }
        let mut query = QueryBuilder::<Db>::new(
            "SELECT r.id, r.home, r.source, r.file_name, r.observed_at, r.keys, r.said \
             FROM person p JOIN record r ON r.home = p.id WHERE p.root IN",
        );
        push_list(&mut query, roots.iter().copied());
        for row in query.build().fetch_all(on).await? {
            records.push(record(&row)?);
        }
    }
    let different: Vec<(Uuid, Uuid)> =
        sqlx::query_as("SELECT a, b FROM different WHERE account = $1")
            .bind(account.0)
            .fetch_all(on)
            .await?;
    let different = different
        .into_iter()
        .map(|(a, b)| (PersonId(a), PersonId(b)));
    Ok(Book::load(
        account,
        version.unwrap_or(0),
        persons,
        records,
        different,
    ))
}

fn person(row: &DbRow) -> Result<Person, sqlx::Error> {
    let into: Option<Uuid> = row.try_get("merged_into")?;
    let merged = into
        .map(|into| -> Result<Merged, sqlx::Error> {
            Ok(Merged {
                into: PersonId(into),
                merge_id: row
                    .try_get::<Option<Uuid>, _>("merge_id")?
                    .unwrap_or_default(),
                reason: row
                    .try_get::<Option<String>, _>("merge_reason")?
                    .unwrap_or_default(),
                at: timestamp(
                    row.try_get::<Option<i64>, _>("merged_at")?
                        .unwrap_or_default(),
                ),
            })
        })
        .transpose()?;
    Ok(Person {
        id: PersonId(row.try_get("id")?),
        version: row.try_get("version")?,
        merged,
        display_name: row.try_get("display_name")?,
        created_at: timestamp(row.try_get("created_at")?),
    })
}

fn record(row: &DbRow) -> Result<Record, sqlx::Error> {
    let keys: Vec<String> = serde_json::from_str(row.try_get("keys")?).map_err(decode)?;
    Ok(Record {
        id: RecordId(row.try_get("id")?),
        home: PersonId(row.try_get("home")?),
        source: Source::named(row.try_get("source")?).unwrap_or(Source::Mail),
        file_name: row.try_get("file_name")?,
        observed_at: timestamp(row.try_get("observed_at")?),
        said: serde_json::from_str(row.try_get("said")?).map_err(decode)?,
        keys: keys.into_iter().map(Key).collect(),
    })
}

pub(super) async fn known_records(
    on: &Pool,
    account: AccountId,
    hashes: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, PersonId>, sqlx::Error> {
    let mut known = HashMap::new();
    for hashes in hashes.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new("SELECT hash, home FROM record WHERE account = ");
        query.push_bind(account.0).push(" AND hash IN");
        push_list(&mut query, hashes.iter().map(Vec::as_slice));
        let rows: Vec<(Vec<u8>, Uuid)> = query.build_query_as().fetch_all(on).await?;
        known.extend(rows.into_iter().map(|(hash, home)| (hash, PersonId(home))));
    }
    Ok(known)
}

pub(super) async fn records(
    on: &Pool,
    account: AccountId,
    root: PersonId,
    after: Option<RecordId>,
    limit: usize,
) -> Result<Vec<StoredRecord>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT r.id, r.source, r.file_name, r.position, r.observed_at, r.raw \
         FROM person p JOIN record r ON r.home = p.id \
         WHERE p.root = $1 AND r.account = $2 AND r.id < $3 ORDER BY r.id DESC LIMIT $4",
    )
    .bind(root.0)
    .bind(account.0)
    .bind(after.map_or(Uuid::max(), |id| id.0))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(on)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(StoredRecord {
                id: RecordId(row.try_get(0)?),
                source: Source::named(row.try_get(1)?).unwrap_or(Source::Mail),
                file_name: row.try_get(2)?,
                position: row.try_get(3)?,
                observed_at: timestamp(row.try_get(4)?),
                raw: row.try_get(5)?,
            })
        })
        .collect()
}
