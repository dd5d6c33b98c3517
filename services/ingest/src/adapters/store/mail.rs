//! Reading the correspondence, the counts, and what was published of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::{
    book::{push_list, timestamp},
    dialect::{Db, Pool},
};
use crate::{
    domain::{
        correspondence::Correspondent,
        interactions::{BucketKey, Channel, Constellation, Pair, Tally},
        key::Key,
    },
    ports::NOBODY,
};

/// Values named in one statement.
const NAMED: usize = 1000;

/// A day as it is stored: days since 1970.
pub(super) fn day_number(day: Date) -> i64 {
    i64::from((day - Date::constant(1970, 1, 1)).get_days())
}

fn day(number: i64) -> Date {
    let days = jiff::Span::new().try_days(number).unwrap_or_default();
    Date::constant(1970, 1, 1).saturating_add(days)
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(super) async fn correspondents(
    on: &Pool,
    account: AccountId,
    keys: &[Key],
) -> Result<Vec<Correspondent>, sqlx::Error> {
    let mut found = Vec::new();
    for keys in keys.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT key, name, written_to, wrote, last_at, recorded FROM correspondent WHERE account = ",
        );
        query.push_bind(account.0).push(" AND key IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        for row in query.build().fetch_all(on).await? {
            found.push(Correspondent {
                key: Key(row.try_get(0)?),
                name: row.try_get(1)?,
                written_to: count(row.try_get(2)?),
                wrote: count(row.try_get(3)?),
                last_at: timestamp(row.try_get(4)?),
                recorded: row.try_get::<i64, _>(5)? > 0,
            });
        }
    }
    Ok(found)
}

pub(super) async fn counted(
    on: &Pool,
    account: AccountId,
    hashes: &[Vec<u8>],
) -> Result<HashSet<Vec<u8>>, sqlx::Error> {
    let mut found = HashSet::new();
    for hashes in hashes.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new("SELECT hash FROM message WHERE account = ");
        query.push_bind(account.0).push(" AND hash IN");
        push_list(&mut query, hashes.iter().map(Vec::as_slice));
        let rows: Vec<Vec<u8>> = query.build_query_scalar().fetch_all(on).await?;
        found.extend(rows);
    }
    Ok(found)
}

async fn tallies(
    on: &Pool,
    account: AccountId,
    keys: &[Key],
) -> Result<Vec<(BucketKey, Tally)>, sqlx::Error> {
    let mut found = Vec::new();
    // Counts between two of these are found from both ends; the second time they are left out.
    for (column, keys) in keys
        .chunks(NAMED)
        .flat_map(|keys| [("a", keys), ("b", keys)])
    {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT a, b, channel, month, group_size, sent, received, last_at FROM bucket WHERE account = ",
        );
        query
            .push_bind(account.0)
            .push(" AND ")
            .push(column)
            .push(" IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        if column == "b" {
            query.push(" AND b <> ''");
        }
        for row in query.build().fetch_all(on).await? {
            let b: String = row.try_get(1)?;
            let bucket = BucketKey {
                a: Key(row.try_get(0)?),
                b: (!b.is_empty()).then_some(Key(b)),
                channel: Channel::named(row.try_get(2)?).unwrap_or(Channel::Mail),
                month: day(row.try_get(3)?),
                group: u8::try_from(row.try_get::<i64, _>(4)?).unwrap_or(u8::MAX),
            };
            let tally = Tally {
                sent: count(row.try_get(5)?),
                received: count(row.try_get(6)?),
                last_at: timestamp(row.try_get(7)?),
            };
            found.push((bucket, tally));
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.dedup_by(|(a, _), (b, _)| a == b);
    Ok(found)
}

async fn pairs(
    on: &Pool,
    account: AccountId,
    persons: &[PersonId],
) -> Result<Vec<Pair>, sqlx::Error> {
    let mut found: Vec<Pair> = Vec::new();
    for (column, persons) in persons
        .chunks(NAMED)
        .flat_map(|it| [("person", it), ("other", it)])
    {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT person, other, version, digest FROM pair WHERE account = ",
        );
        query
            .push_bind(account.0)
            .push(" AND ")
            .push(column)
            .push(" IN");
        push_list(&mut query, persons.iter().map(|id| id.0));
        for row in query.build().fetch_all(on).await? {
            let other: Uuid = row.try_get(1)?;
            found.push(Pair {
                person: PersonId(row.try_get(0)?),
                other: (other != NOBODY).then_some(PersonId(other)),
                version: row.try_get(2)?,
                digest: row.try_get(3)?,
            });
        }
    }
    found.sort_by_key(|pair| (pair.person, pair.other));
    found.dedup();
    Ok(found)
}

pub(super) async fn stale(
    on: &Pool,
    import: ImportId,
    limit: usize,
) -> Result<Vec<PersonId>, sqlx::Error> {
    let found: Vec<Uuid> =
        sqlx::query_scalar("SELECT person FROM stale WHERE import = $1 ORDER BY person LIMIT $2")
            .bind(import.0)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(on)
            .await?;
    Ok(found.into_iter().map(PersonId).collect())
}

pub(super) async fn stale_apart(
    on: &Pool,
    after: Option<AccountId>,
    limit: usize,
) -> Result<Vec<(AccountId, PersonId)>, sqlx::Error> {
    let found: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT account, person FROM stale WHERE import = $1 AND account > $2 \
         ORDER BY account, person LIMIT $3",
    )
    .bind(NOBODY)
    .bind(after.map_or(Uuid::nil(), |id| id.0))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(on)
    .await?;
    Ok(found
        .into_iter()
        .map(|(account, person)| (AccountId(account), PersonId(person)))
        .collect())
}

pub(super) async fn constellation(
    on: &Pool,
    account: AccountId,
    persons: &[PersonId],
) -> Result<Constellation, sqlx::Error> {
    // First: what is read later can only be newer, and then the commit finds out.
    let version: Option<i64> = sqlx::query_scalar("SELECT book_version FROM account WHERE id = $1")
        .bind(account.0)
        .fetch_optional(on)
        .await?;
    let (mut roots, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for persons in persons.chunks(NAMED) {
        let mut query =
            QueryBuilder::<Db>::new("SELECT DISTINCT root FROM person WHERE account = ");
        query.push_bind(account.0).push(" AND id IN");
        push_list(&mut query, persons.iter().map(|id| id.0));
        let found: Vec<Uuid> = query.build_query_scalar().fetch_all(on).await?;
        roots.extend(found.into_iter().map(PersonId));
    }
    let asked: Vec<PersonId> = roots.iter().copied().collect();
    for roots in asked.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT DISTINCT k.key FROM person p JOIN person_key k ON k.home = p.id WHERE p.root IN",
        );
        push_list(&mut query, roots.iter().map(|id| id.0));
        let found: Vec<String> = query.build_query_scalar().fetch_all(on).await?;
        keys.extend(found.into_iter().map(Key));
    }
    let keys: Vec<Key> = keys.into_iter().collect();
    let tallies = tallies(on, account, &keys).await?;
    let ends = tallies
        .iter()
        .flat_map(|(bucket, _)| std::iter::once(&bucket.a).chain(&bucket.b));
    let ends: Vec<Key> = ends.cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let owners = owners(on, account, &ends).await?;
    let involved: BTreeSet<PersonId> = persons.iter().chain(&roots).copied().collect();
    let pairs = pairs(on, account, &involved.into_iter().collect::<Vec<_>>()).await?;
    Ok(Constellation {
        version: version.unwrap_or(0),
        roots,
        tallies,
        owners,
        pairs,
    })
}

/// Whose addresses are: the root of the earliest record that carries each.
async fn owners(
    on: &Pool,
    account: AccountId,
    keys: &[Key],
) -> Result<HashMap<Key, PersonId>, sqlx::Error> {
    let mut owners = HashMap::new();
    for keys in keys.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT k.key, p.root FROM person_key k JOIN person p ON p.id = k.home WHERE k.account = ",
        );
        query.push_bind(account.0).push(" AND k.key IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        query.push(" ORDER BY k.record");
        let found: Vec<(String, Uuid)> = query.build_query_as().fetch_all(on).await?;
        for (key, root) in found {
            owners.entry(Key(key)).or_insert(PersonId(root));
        }
    }
    Ok(owners)
}
