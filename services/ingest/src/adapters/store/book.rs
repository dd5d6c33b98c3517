//! Reading accounts, persons and records.
//!
//! | question | a row that cannot be read |
//! |---|---|
//! | `account` | is an error: without the owner's addresses nothing of theirs can be decided |
//! | `book` | closes the person it belongs to, and no other; see [`crate::domain::book::Closed`] |
//! | `root`, `known_records` | does not matter: what is asked for is in other columns |
//! | `records` | is an error, unless it is what the record says: here its verbatim text is shown |

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kith_shared::ids::{AccountId, PersonId, RecordId};
use skeleton_durable::{commit::CommitError, sql::classify, stored::Unreadable};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    dialect::{Db, Pool},
    rows::{DbRow, NAMED, Reading, limit, push_list},
};
use crate::{
    adapters::store::stored::{StoredEmails, StoredKeyHashes, StoredKeys, StoredSaid},
    domain::{
        account::Account,
        book::{Book, Closed, Merged, Person},
        key::Key,
        record::{Record, Source},
    },
    ports::{StoredRecord, Wanted},
};

// What the readers below expect. Columns are named, since a statement that asks for all of them fails
// on connections that are open while a later version adds one.
pub(super) const ACCOUNT: &str = "id, version, region, emails, keys";
pub(super) const PERSON: &str = "id, root, version, merged_into, merge_id, merge_reason, merged_at, \
    display_name, created_at";
pub(super) const RECORD: &str =
    "id, home, source, file_name, observed_at, keys, said, position, raw";

pub(super) async fn account(on: &Pool, id: AccountId) -> Result<Option<Account>, CommitError> {
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    query.push(ACCOUNT).push(" FROM account WHERE id = ");
    query
        .push_bind(id.0)
        .push(" AND erased = 0 AND version >= 0");
    let row = query.build().fetch_optional(on).await.map_err(classify)?;
    Ok(row.as_ref().map(account_of).transpose()?)
}

pub(super) fn account_of(row: &DbRow) -> Result<Account, Unreadable> {
    let row = Reading::of(row, "account", &["id"]);
    Ok(Account {
        id: AccountId(row.get("id")?),
        version: row.get("version")?,
        region: row.get("region")?,
        emails: row.json::<StoredEmails>()?.into(),
        keys: row.json::<StoredKeyHashes>()?.into(),
    })
}

/// A part of a book under construction: what could be read, and why the rest could not, by root.
#[derive(Default)]
struct Part {
    persons: Vec<(PersonId, Person)>,
    records: Vec<(PersonId, Record)>,
    unreadable: BTreeMap<PersonId, Unreadable>,
}

pub(super) async fn book(
    on: &Pool,
    account: AccountId,
    wanted: &Wanted,
) -> Result<Book, CommitError> {
    // First: what is read later can only be newer, and then the commit finds out.
    let version: Option<i64> = sqlx::query_scalar("SELECT book_version FROM account WHERE id = $1")
        .bind(account.0)
        .fetch_optional(on)
        .await
        .map_err(classify)?;
    let holders = holders(on, account, &wanted.keys).await?;
    let mut roots: BTreeSet<PersonId> = holders.iter().map(|(_, root)| *root).collect();
    roots.extend(roots_of(on, account, &wanted.persons).await?.into_values());
    let roots: Vec<PersonId> = roots.into_iter().collect();
    let mut part = Part::default();
    for roots in roots.chunks(NAMED) {
        part.read(on, roots).await?;
    }
    let different: Vec<(Uuid, Uuid)> =
        sqlx::query_as("SELECT a, b FROM different WHERE account = $1")
            .bind(account.0)
            .fetch_all(on)
            .await
            .map_err(classify)?;
    let different = different
        .into_iter()
        .map(|(a, b)| (PersonId(a), PersonId(b)));
    let Part {
        persons,
        records,
        unreadable,
    } = part;
    let readable = |root: &PersonId| !unreadable.contains_key(root);
    let persons = persons
        .into_iter()
        .filter_map(|(root, person)| readable(&root).then_some(person));
    let records = records
        .into_iter()
        .filter_map(|(root, record)| readable(&root).then_some(record));
    let book = Book::load(
        account,
        version.unwrap_or(0),
        persons.collect(),
        records.collect(),
        different,
    );
    let closed = unreadable.into_iter().map(|(root, unreadable)| {
        let keys = holders.iter().filter(|(_, holder)| *holder == root);
        Closed {
            root,
            keys: keys.map(|(key, _)| key.clone()).collect(),
            why: unreadable.to_string(),
        }
    });
    Ok(book.with_closed(closed))
}

impl Part {
    /// Reads everything of these roots.
    async fn read(&mut self, on: &Pool, roots: &[PersonId]) -> Result<(), CommitError> {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query.push(PERSON).push(" FROM person WHERE root IN");
        push_list(&mut query, roots.iter().map(|root| root.0));
        for row in query.build().fetch_all(on).await.map_err(classify)? {
            let root = PersonId(Reading::of(&row, "person", &["id"]).get("root")?);
            match person_of(&row) {
                Ok(person) => self.persons.push((root, person)),
                Err(unreadable) => self.close(root, unreadable),
            }
        }
        let mut query = QueryBuilder::<Db>::new(
            "SELECT r.id, r.home, r.source, r.file_name, r.observed_at, r.keys, r.said, p.root \
             FROM person p JOIN record r ON r.home = p.id WHERE p.root IN",
        );
        push_list(&mut query, roots.iter().map(|root| root.0));
        for row in query.build().fetch_all(on).await.map_err(classify)? {
            let root = PersonId(Reading::of(&row, "record", &["id"]).get("root")?);
            match record_of(&row) {
                Ok(record) => self.records.push((root, record)),
                Err(unreadable) => self.close(root, unreadable),
            }
        }
        Ok(())
    }

    fn close(&mut self, root: PersonId, unreadable: Unreadable) {
        tracing::error!(person = %root, %unreadable, "a person cannot be read");
        self.unreadable.entry(root).or_insert(unreadable);
    }
}

/// Whose these keys are: every root that has one of them, with the key.
async fn holders(
    on: &Pool,
    account: AccountId,
    keys: &[Key],
) -> Result<Vec<(Key, PersonId)>, CommitError> {
    let mut holders = Vec::new();
    for keys in keys.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT DISTINCT k.key, p.root FROM person_key k JOIN person p ON p.id = k.home \
             WHERE k.account = ",
        );
        query.push_bind(account.0).push(" AND k.key IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        let found: Vec<(String, Uuid)> = query
            .build_query_as()
            .fetch_all(on)
            .await
            .map_err(classify)?;
        let found = found.into_iter();
        holders.extend(found.map(|(key, root)| (Key(key), PersonId(root))));
    }
    Ok(holders)
}

/// Who holds for these persons now.
pub(super) async fn roots_of(
    on: &Pool,
    account: AccountId,
    persons: &[PersonId],
) -> Result<HashMap<PersonId, PersonId>, CommitError> {
    let mut roots = HashMap::new();
    for persons in persons.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new("SELECT id, root FROM person WHERE account = ");
        query.push_bind(account.0).push(" AND id IN");
        push_list(&mut query, persons.iter().map(|id| id.0));
        let found: Vec<(Uuid, Uuid)> = query
            .build_query_as()
            .fetch_all(on)
            .await
            .map_err(classify)?;
        let found = found.into_iter();
        roots.extend(found.map(|(id, root)| (PersonId(id), PersonId(root))));
    }
    Ok(roots)
}

pub(super) fn person_of(row: &DbRow) -> Result<Person, Unreadable> {
    let row = Reading::of(row, "person", &["id"]);
    let into: Option<Uuid> = row.get("merged_into")?;
    let merged = into.map(|into| -> Result<Merged, Unreadable> {
        let since = "merged_into has one";
        Ok(Merged {
            into: PersonId(into),
            merge_id: row.needed("merge_id", since)?,
            reason: row.needed("merge_reason", since)?,
            at: {
                row.needed::<i64>("merged_at", since)?;
                row.moment("merged_at")?
            },
        })
    });
    Ok(Person {
        id: PersonId(row.get("id")?),
        version: row.get("version")?,
        merged: merged.transpose()?,
        display_name: row.get("display_name")?,
        created_at: row.moment("created_at")?,
    })
}

pub(super) fn record_of(row: &DbRow) -> Result<Record, Unreadable> {
    let row = Reading::of(row, "record", &["id"]);
    Ok(Record {
        id: RecordId(row.get("id")?),
        home: PersonId(row.get("home")?),
        source: Source::named(row.get("source")?),
        file_name: row.get("file_name")?,
        observed_at: row.moment("observed_at")?,
        said: row.json::<StoredSaid>()?.into(),
        keys: row.json::<StoredKeys>()?.into(),
    })
}

pub(super) fn stored_record_of(row: &DbRow) -> Result<StoredRecord, Unreadable> {
    let row = Reading::of(row, "record", &["id"]);
    Ok(StoredRecord {
        id: RecordId(row.get("id")?),
        source: Source::named(row.get("source")?),
        file_name: row.get("file_name")?,
        position: row.get("position")?,
        observed_at: row.moment("observed_at")?,
        raw: row.get("raw")?,
    })
}

pub(super) async fn known_records(
    on: &Pool,
    account: AccountId,
    hashes: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, PersonId>, CommitError> {
    let mut known = HashMap::new();
    for hashes in hashes.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new("SELECT hash, home FROM record WHERE account = ");
        query.push_bind(account.0).push(" AND hash IN");
        push_list(&mut query, hashes.iter().map(Vec::as_slice));
        let rows: Vec<(Vec<u8>, Uuid)> = query
            .build_query_as()
            .fetch_all(on)
            .await
            .map_err(classify)?;
        known.extend(rows.into_iter().map(|(hash, home)| (hash, PersonId(home))));
    }
    Ok(known)
}

pub(super) async fn records(
    on: &Pool,
    account: AccountId,
    root: PersonId,
    after: Option<RecordId>,
    most: usize,
) -> Result<Vec<StoredRecord>, CommitError> {
    let rows = sqlx::query(
        "SELECT r.id, r.source, r.file_name, r.position, r.observed_at, r.raw \
         FROM person p JOIN record r ON r.home = p.id \
         WHERE p.root = $1 AND r.account = $2 AND r.id < $3 ORDER BY r.id DESC LIMIT $4",
    )
    .bind(root.0)
    .bind(account.0)
    .bind(after.map_or(Uuid::max(), |id| id.0))
    .bind(limit(most))
    .fetch_all(on)
    .await
    .map_err(classify)?;
    let records = rows.iter().map(stored_record_of);
    Ok(records.collect::<Result<_, _>>()?)
}
