//! Reading accounts, persons and records.
//!
//! | question | a row that cannot be read |
//! |---|---|
//! | `account` | is an error: without the owner's addresses nothing of theirs can be decided |
//! | `book` | closes the person it belongs to, and no other; see [`crate::domain::book::Closed`] |
//! | `root`, `known_records` | does not matter: what is asked for is in other columns |
//! | `records` | is an error, unless it is what the record says: here its verbatim text is shown |

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use kith_shared::ids::{AccountId, PersonId, RecordId};
use skeleton_durable::{
    sql::{among, classify, number, push_list},
    stored::Unreadable,
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    super::{
        dialect::{Db, Pool},
        rows::{
            ACCOUNT, NAMED, PERSON, Reading, account_of, person_of, record_of, stored_record_of,
        },
    },
    Store, book_version, persons, rows, select, tuples,
};
use crate::{
    domain::{
        account::Account,
        book::{Book, Closed, Person},
        intake::Known,
        key::{Key, keyed_for},
        record::Record,
    },
    ports::{Books, Read, Rekeying, StoredRecord, Wanted},
};

#[async_trait]
impl Books for Store {
    async fn account(&self, id: AccountId) -> Read<Option<Account>> {
        let mut query = select(ACCOUNT, "account");
        query.push("id = ").push_bind(id.0);
        query.push(" AND erased = 0 AND version >= 0");
        let found = rows(query, self.reader()).await?;
        Ok(found.first().map(account_of).transpose()?)
    }

    async fn book(&self, account: AccountId, wanted: &Wanted) -> Read<Book> {
        let on = self.reader();
        let version = book_version(on, account).await?;
        let wide = wide_of(on, account, &wanted.keys).await?;
        let holders = holders(on, account, &wanted.keys, &wide).await?;
        let mut roots: BTreeSet<PersonId> = holders.iter().map(|(_, root)| *root).collect();
        roots.extend(roots_of(on, account, &wanted.persons).await?.into_values());
        let roots: Vec<PersonId> = roots.into_iter().collect();
        let mut part = Part::default();
        for roots in roots.chunks(NAMED) {
            part.read(on, roots).await?;
        }
        let mut query = select("a, b", "different");
        query.push("account = ").push_bind(account.0);
        let different: Vec<(Uuid, Uuid)> = tuples(query, on).await?;
        let different = different.into_iter();
        let different = different.map(|(a, b)| (PersonId(a), PersonId(b)));
        let book = part.into_book(account, version, different, &holders);
        Ok(book.with_wide(wide))
    }

    async fn book_to_rekey(&self) -> Read<Option<Rekeying>> {
        let query = sqlx::query_as(
            "SELECT id, region, keyed_for, keyed_to FROM account WHERE erased = 0 AND version >= 0 \
             AND keyed_for IS DISTINCT FROM $1 || COALESCE(region, '') LIMIT 1",
        );
        let found: Option<(Uuid, Option<String>, Option<String>, Option<Uuid>)> = query
            .bind(keyed_for(None))
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        Ok(found.map(|(account, region, before, after)| Rekeying {
            account: AccountId(account),
            keyed_for: keyed_for(region.as_deref()),
            region,
            after: after.map(PersonId),
            decides: before.is_some(),
        }))
    }

    async fn persons_of(
        &self,
        account: AccountId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Read<Vec<PersonId>> {
        let mut query = select("id", "person");
        query.push("account = ").push_bind(account.0);
        query.push(" AND id > ");
        query.push_bind(after.map_or(Uuid::nil(), |id| id.0));
        query.push(" ORDER BY id LIMIT ").push_bind(number(limit));
        Ok(persons(tuples(query, self.reader()).await?))
    }

    async fn root(&self, account: AccountId, person: PersonId) -> Read<Option<PersonId>> {
        let roots = roots_of(self.reader(), account, &[person]).await?;
        Ok(roots.get(&person).copied())
    }

    async fn known_records(
        &self,
        account: AccountId,
        hashes: &[Vec<u8>],
    ) -> Read<HashMap<Vec<u8>, Known>> {
        let mut known = HashMap::new();
        for hashes in hashes.chunks(NAMED) {
            let mut query = select("hash, id, home, until", "record");
            query.push("account = ").push_bind(account.0);
            query.push(" AND hash IN");
            push_list(&mut query, hashes.iter().map(Vec::as_slice));
            let found: Vec<(Vec<u8>, Uuid, Uuid, Option<i64>)> =
                tuples(query, self.reader()).await?;
            known.extend(found.into_iter().map(|(hash, record, home, until)| {
                let known = Known {
                    record: RecordId(record),
                    home: PersonId(home),
                    former: until.is_some(),
                };
                (hash, known)
            }));
        }
        Ok(known)
    }

    async fn records(
        &self,
        account: AccountId,
        root: PersonId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Read<Vec<StoredRecord>> {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT r.id, r.source, r.file_name, r.position, r.observed_at, r.raw \
             FROM person p JOIN record r ON r.home = p.id WHERE p.root = ",
        );
        query.push_bind(root.0).push(" AND r.account = ");
        query.push_bind(account.0).push(" AND r.id < ");
        query.push_bind(after.map_or(Uuid::max(), |id| id.0));
        query.push(" ORDER BY r.id DESC LIMIT ");
        query.push_bind(number(limit));
        let found = rows(query, self.reader()).await?;
        let records = found.iter().map(stored_record_of);
        Ok(records.collect::<Result<_, _>>()?)
    }
}

/// A part of a book under construction: what could be read, and why the rest could not, by root.
#[derive(Default)]
struct Part {
    persons: Vec<(PersonId, Person)>,
    records: Vec<(PersonId, Record)>,
    unreadable: BTreeMap<PersonId, Unreadable>,
}

impl Part {
    /// Reads everything of these roots.
    async fn read(&mut self, on: &Pool, roots: &[PersonId]) -> Read<()> {
        let mut query = select(PERSON, "person");
        query.push("root IN");
        push_list(&mut query, roots.iter().map(|root| root.0));
        for row in rows(query, on).await? {
            let root = PersonId(Reading::of(&row, "person", &["id"]).get("root")?);
            match person_of(&row) {
                Ok(person) => self.persons.push((root, person)),
                Err(unreadable) => self.close(root, unreadable),
            }
        }
        let text = "SELECT r.id, r.home, r.source, r.file_name, r.observed_at, r.import, r.seen, r.until, \
             r.keys, r.said, p.root \
             FROM person p JOIN record r ON r.home = p.id WHERE p.root IN";
        let query = among::<Db, _>(text, roots.iter().map(|root| root.0));
        for row in rows(query, on).await? {
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

    fn into_book(
        self,
        account: AccountId,
        version: i64,
        different: impl Iterator<Item = (PersonId, PersonId)>,
        holders: &[(Key, PersonId)],
    ) -> Book {
        let Self {
            persons,
            records,
            unreadable,
        } = self;
        let readable = |root: &PersonId| !unreadable.contains_key(root);
        let persons = persons
            .into_iter()
            .filter_map(|(root, person)| readable(&root).then_some(person));
        let records = records
            .into_iter()
            .filter_map(|(root, record)| readable(&root).then_some(record));
        let book = Book::load(
            account,
            version,
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
        book.with_closed(closed)
    }
}

/// More records with one name, number or page than these are not looked at: it is a firm's, a list's
/// or everybody's, and finds nobody.
const WIDE: i64 = 200;

/// Whose these keys are: every root that has one of them, with the key.
async fn holders(
    on: &Pool,
    account: AccountId,
    keys: &[Key],
    wide: &HashMap<Key, usize>,
) -> Read<Vec<(Key, PersonId)>> {
    let mut holders = Vec::new();
    let keys: Vec<&Key> = keys.iter().filter(|key| !wide.contains_key(key)).collect();
    for keys in keys.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT DISTINCT k.key, p.root FROM person_key k JOIN person p ON p.id = k.home \
             WHERE k.account = ",
        );
        query.push_bind(account.0).push(" AND k.key IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        let found: Vec<(String, Uuid)> = tuples(query, on).await?;
        let found = found.into_iter();
        holders.extend(found.map(|(key, root)| (Key(key), PersonId(root))));
    }
    Ok(holders)
}

/// Those of these keys that too many records have, and how many. An address is always looked at: it says whose a
/// message is.
async fn wide_of(on: &Pool, account: AccountId, keys: &[Key]) -> Read<HashMap<Key, usize>> {
    let mut wide = HashMap::new();
    let keys: Vec<&Key> = keys.iter().filter(|key| key.email().is_none()).collect();
    for keys in keys.chunks(NAMED) {
        let mut query = select("key, COUNT(*)", "person_key");
        query
            .push("account = ")
            .push_bind(account.0)
            .push(" AND key IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        query
            .push(" GROUP BY key HAVING COUNT(*) > ")
            .push_bind(WIDE);
        let found: Vec<(String, i64)> = tuples(query, on).await?;
        let found = found.into_iter();
        wide.extend(
            found.map(|(key, count)| (Key(key), usize::try_from(count).unwrap_or(usize::MAX))),
        );
    }
    Ok(wide)
}

/// Who holds for these persons now.
pub(super) async fn roots_of(
    on: &Pool,
    account: AccountId,
    persons: &[PersonId],
) -> Read<HashMap<PersonId, PersonId>> {
    let mut roots = HashMap::new();
    for persons in persons.chunks(NAMED) {
        let mut query = select("id, root", "person");
        query.push("account = ").push_bind(account.0);
        query.push(" AND id IN");
        push_list(&mut query, persons.iter().map(|id| id.0));
        let found: Vec<(Uuid, Uuid)> = tuples(query, on).await?;
        let found = found.into_iter();
        roots.extend(found.map(|(id, root)| (PersonId(id), PersonId(root))));
    }
    Ok(roots)
}
