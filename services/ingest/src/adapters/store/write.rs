//! Writing: rows of a kind together, in statements of many rows.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use skeleton_durable::sql::WriteError;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Write,
    book::push_list,
    dialect::{Connection, Db},
    imports::status_name,
    mail::day_number,
};
use crate::{
    domain::{
        account::Account,
        book::Person,
        correspondence::Correspondent,
        import::{Import, ReceiptLine},
        interactions::{BucketKey, Pair, Tally},
        record::{Arrival, Record},
    },
    ports::{IngestWrite, NOBODY},
};

/// Rows of one statement: at most thirteen values each, and both databases bind 32,766.
const ROWS: usize = 1000;

/// Writes of one change, by kind.
#[derive(Default)]
struct Sorted<'a> {
    singles: Vec<&'a IngestWrite>,
    receipts: Vec<(ImportId, &'a ReceiptLine)>,
    persons: Vec<(AccountId, &'a Person, PersonId)>,
    records: Vec<(AccountId, &'a Record, &'a Arrival, Timestamp)>,
    messages: Vec<(AccountId, &'a [u8])>,
    correspondents: Vec<(AccountId, &'a Correspondent)>,
    tallies: Vec<(AccountId, &'a BucketKey, Tally)>,
    stale: Vec<(AccountId, Option<ImportId>, PersonId)>,
    pairs: Vec<(AccountId, &'a Pair)>,
}

impl Write for IngestWrite {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        Self::apply_all(std::slice::from_ref(self), on).await
    }

    async fn apply_all(writes: &[Self], on: &mut Connection) -> Result<(), WriteError> {
        let mut sorted = Sorted::default();
        for write in writes {
            match write {
                Self::Receipt { import, line } => sorted.receipts.push((*import, line)),
                Self::Person {
                    account,
                    person,
                    root,
                } => sorted.persons.push((*account, person, *root)),
                Self::RecordAdded {
                    account,
                    record,
                    arrival,
                    at,
                } => {
                    sorted.records.push((*account, record, arrival, *at));
                }
                Self::MessageCounted { account, hash } => sorted.messages.push((*account, hash)),
                Self::Correspondent {
                    account,
                    correspondent,
                } => {
                    sorted.correspondents.push((*account, correspondent));
                }
                Self::Tally {
                    account,
                    bucket,
                    tally,
                } => sorted.tallies.push((*account, bucket, *tally)),
                Self::Stale {
                    account,
                    import,
                    person,
                } => sorted.stale.push((*account, *import, *person)),
                Self::Pair { account, pair } => sorted.pairs.push((*account, pair)),
                single => sorted.singles.push(single),
            }
        }
        // Singles first: they take the locks and check the versions.
        for write in sorted.singles {
            single(write, on).await?;
        }
        persons(&sorted.persons, on).await?;
        records(&sorted.records, on).await?;
        receipts(&sorted.receipts, on).await?;
        mail(
            &sorted.messages,
            &sorted.correspondents,
            &sorted.tallies,
            on,
        )
        .await?;
        published(&sorted.stale, &sorted.pairs, on).await?;
        Ok(())
    }
}

async fn single(write: &IngestWrite, on: &mut Connection) -> Result<(), WriteError> {
    match write {
        IngestWrite::Book { account, expected } => take_book(*account, *expected, on).await,
        IngestWrite::Account(account) => save_account(account, on).await,
        IngestWrite::ImportQueued(import) => insert_import(import, on).await,
        IngestWrite::ImportSaved(import) => save_import(import, on).await,
        IngestWrite::RecordRemoved(id) => {
            execute("DELETE FROM person_key WHERE record = $1", id.0, on).await?;
            execute("DELETE FROM record WHERE id = $1", id.0, on).await
        }
        IngestWrite::Different { account, pair } => {
            let text =
                "INSERT INTO different (account, a, b) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            pair_of(text, *account, *pair, on).await
        }
        IngestWrite::NotDifferent { account, pair } => {
            let text = "DELETE FROM different WHERE account = $1 AND a = $2 AND b = $3";
            pair_of(text, *account, *pair, on).await
        }
        IngestWrite::Fresh {
            account,
            import,
            persons,
        } => fresh(*account, *import, persons, on).await,
        IngestWrite::UploadBegun { id, account, at } => {
            sqlx::query("INSERT INTO upload (id, account, began_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING")
                .bind(id.0)
                .bind(account.0)
                .bind(at.as_microsecond())
                .execute(on)
                .await?;
            Ok(())
        }
        IngestWrite::UploadEnded(id) => execute("DELETE FROM upload WHERE id = $1", id.0, on).await,
        IngestWrite::BlobGone(id) => {
            execute("UPDATE import SET has_blob = 0 WHERE id = $1", id.0, on).await
        }
        IngestWrite::Erased { account, version } => erase(*account, *version, on).await,
        // The others are written many at a time.
        _ => Ok(()),
    }
}

async fn execute(text: &'static str, id: Uuid, on: &mut Connection) -> Result<(), WriteError> {
    sqlx::query(text).bind(id).execute(on).await?;
    Ok(())
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

/// An account of which users has not told yet has version -1.
async fn take_book(
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

async fn save_account(account: &Account, on: &mut Connection) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO account (id, version, region, emails, keys) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, region = excluded.region, \
         emails = excluded.emails, keys = excluded.keys \
         WHERE excluded.version > account.version AND account.erased = 0",
    )
    .bind(account.id.0)
    .bind(account.version)
    .bind(&account.region)
    .bind(json(&account.emails))
    .bind(json(&account.keys))
    .execute(on)
    .await?;
    Ok(())
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("lists of texts and structs with string keys serialise")
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

async fn insert_import(import: &Import, on: &mut Connection) -> Result<(), WriteError> {
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
    .bind(status_name(import.status))
    .bind(import.created_at.as_microsecond())
    .bind(number(import.bytes_total))
    .execute(on)
    .await?;
    Ok(())
}

async fn save_import(import: &Import, on: &mut Connection) -> Result<(), WriteError> {
    let rows = sqlx::query(
        "UPDATE import SET version = $2, status = $3, started_at = $4, finished_at = $5, bytes_done = $6, \
         taken = $7, created = $8, merged = $9, updated = $10, unchanged = $11, left_out = $12, \
         rejected = $13, told_people = $14, told_interactions = $15, applied_by_search = $16, \
         applied_by_network = $17, problem = $18 WHERE id = $1 AND version = $2 - 1",
    )
    .bind(import.id.0)
    .bind(import.version)
    .bind(status_name(import.status))
    .bind(import.started_at.map(Timestamp::as_microsecond))
    .bind(import.finished_at.map(Timestamp::as_microsecond))
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
    .bind(i64::from(import.applied_by_search))
    .bind(i64::from(import.applied_by_network))
    .bind(&import.problem)
    .execute(on)
    .await?
    .rows_affected();
    WriteError::unless_one(rows, "the import was changed in the meantime")
}

async fn persons(
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

async fn records(
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

async fn receipts(
    rows: &[(ImportId, &ReceiptLine)],
    on: &mut Connection,
) -> Result<(), WriteError> {
    for rows in rows.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO receipt (import, ordinal, position, outcome, reason, person, label) ",
        );
        query.push_values(rows, |mut row, (import, line)| {
            row.push_bind(import.0)
                .push_bind(number(line.ordinal))
                .push_bind(line.position.as_str())
                .push_bind(line.outcome.as_str())
                .push_bind(line.reason.as_deref())
                .push_bind(line.person.map(|id| id.0))
                .push_bind(line.label.as_str());
        });
        query.build().persistent(false).execute(&mut *on).await?;
    }
    Ok(())
}

async fn mail(
    messages: &[(AccountId, &[u8])],
    correspondents: &[(AccountId, &Correspondent)],
    tallies: &[(AccountId, &BucketKey, Tally)],
    on: &mut Connection,
) -> Result<(), WriteError> {
    for rows in messages.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO message (account, hash) ");
        query.push_values(rows, |mut row, (account, hash)| {
            row.push_bind(account.0).push_bind(*hash);
        });
        query.build().persistent(false).execute(&mut *on).await?;
    }
    for rows in correspondents.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO correspondent (account, key, name, written_to, wrote, last_at, recorded) ",
        );
        query.push_values(rows, |mut row, (account, it)| {
            row.push_bind(account.0)
                .push_bind(it.key.0.as_str())
                .push_bind(it.name.as_deref())
                .push_bind(i64::from(it.written_to))
                .push_bind(i64::from(it.wrote))
                .push_bind(it.last_at.as_microsecond())
                .push_bind(i64::from(it.recorded));
        });
        query.push(
            " ON CONFLICT (account, key) DO UPDATE SET name = excluded.name, \
             written_to = excluded.written_to, wrote = excluded.wrote, last_at = excluded.last_at, \
             recorded = excluded.recorded",
        );
        query.build().persistent(false).execute(&mut *on).await?;
    }
    for rows in tallies.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO bucket (account, a, b, channel, month, group_size, sent, received, last_at) ",
        );
        query.push_values(rows, |mut row, (account, bucket, tally)| {
            row.push_bind(account.0)
                .push_bind(bucket.a.0.as_str())
                .push_bind(bucket.b.as_ref().map_or("", |key| key.0.as_str()))
                .push_bind(bucket.channel.as_str())
                .push_bind(day_number(bucket.month))
                .push_bind(i64::from(bucket.group))
                .push_bind(i64::from(tally.sent))
                .push_bind(i64::from(tally.received))
                .push_bind(tally.last_at.as_microsecond());
        });
        query.push(
            " ON CONFLICT (account, a, b, channel, month, group_size) DO UPDATE SET \
             sent = bucket.sent + excluded.sent, received = bucket.received + excluded.received, \
             last_at = CASE WHEN excluded.last_at > bucket.last_at THEN excluded.last_at \
             ELSE bucket.last_at END",
        );
        query.build().persistent(false).execute(&mut *on).await?;
    }
    Ok(())
}

async fn published(
    stale: &[(AccountId, Option<ImportId>, PersonId)],
    pairs: &[(AccountId, &Pair)],
    on: &mut Connection,
) -> Result<(), WriteError> {
    for rows in stale.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO stale (account, import, person) ");
        query.push_values(rows, |mut row, (account, import, person)| {
            row.push_bind(account.0)
                .push_bind(import.map_or(NOBODY, |id| id.0))
                .push_bind(person.0);
        });
        query.push(" ON CONFLICT DO NOTHING");
        query.build().persistent(false).execute(&mut *on).await?;
    }
    for rows in pairs.chunks(ROWS) {
        let mut query =
            QueryBuilder::<Db>::new("INSERT INTO pair (account, person, other, version, digest) ");
        query.push_values(rows, |mut row, (account, pair)| {
            row.push_bind(account.0)
                .push_bind(pair.person.0)
                .push_bind(pair.other.map_or(NOBODY, |id| id.0))
                .push_bind(pair.version)
                .push_bind(pair.digest.as_slice());
        });
        query.push(
            " ON CONFLICT (account, person, other) DO UPDATE SET version = excluded.version, \
             digest = excluded.digest",
        );
        query.build().persistent(false).execute(&mut *on).await?;
    }
    Ok(())
}

async fn fresh(
    account: AccountId,
    import: Option<ImportId>,
    persons: &[PersonId],
    on: &mut Connection,
) -> Result<(), WriteError> {
    for persons in persons.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new("DELETE FROM stale WHERE account = ");
        query
            .push_bind(account.0)
            .push(" AND import = ")
            .push_bind(import.map_or(NOBODY, |id| id.0));
        query.push(" AND person IN");
        push_list(&mut query, persons.iter().map(|id| id.0));
        query.build().persistent(false).execute(&mut *on).await?;
    }
    Ok(())
}

/// What is left is the account's id, and that it is gone.
async fn erase(account: AccountId, version: i64, on: &mut Connection) -> Result<(), WriteError> {
    const TEXTS: [&str; 13] = [
        "DELETE FROM receipt WHERE import IN (SELECT id FROM import WHERE account = $1)",
        "DELETE FROM import WHERE account = $1",
        "DELETE FROM upload WHERE account = $1",
        "DELETE FROM person WHERE account = $1",
        "DELETE FROM different WHERE account = $1",
        "DELETE FROM record WHERE account = $1",
        "DELETE FROM person_key WHERE account = $1",
        "DELETE FROM message WHERE account = $1",
        "DELETE FROM correspondent WHERE account = $1",
        "DELETE FROM bucket WHERE account = $1",
        "DELETE FROM pair WHERE account = $1",
        "DELETE FROM stale WHERE account = $1",
        "DELETE FROM kept_answer WHERE account = $1",
    ];
    for text in TEXTS {
        execute(text, account.0, on).await?;
    }
    // What waits to leave or to be handled tells of the account too; what was handled does not.
    let mention = format!("%\"{account}\"%");
    for text in [
        "DELETE FROM outbox WHERE envelope LIKE $1",
        "DELETE FROM inbox WHERE state <> 1 AND envelope LIKE $1",
    ] {
        sqlx::query(text)
            .bind(mention.as_str())
            .execute(&mut *on)
            .await?;
    }
    sqlx::query(
        "INSERT INTO account (id, version, erased) VALUES ($1, $2, 1) ON CONFLICT (id) DO UPDATE SET \
         version = excluded.version, region = NULL, emails = '[]', keys = '[]', erased = 1",
    )
    .bind(account.0)
    .bind(version)
    .execute(on)
    .await?;
    Ok(())
}
