//! Reading the correspondence, the counts, and what was published of them. A row that cannot be read
//! is an error to whoever needs it: a count that is left out would be published as one that is gone.

use std::collections::{BTreeSet, HashMap, HashSet};

use kith_shared::ids::{AccountId, ImportId, PersonId};
use skeleton_durable::{commit::CommitError, sql::classify, stored::Unreadable};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    book::roots_of,
    dialect::{Db, Pool},
    rows::{DbRow, NAMED, Reading, limit, push_list},
};
use crate::{
    domain::{
        correspondence::Correspondent,
        interactions::{BucketKey, Channel, Constellation, Pair, Tally},
        key::Key,
    },
    ports::NOBODY,
};

// What the readers below expect; why not all: see `book.rs`.
pub(super) const CORRESPONDENT: &str = "account, key, name, written_to, wrote, last_at, recorded";
pub(super) const BUCKET: &str =
    "account, a, b, channel, month, group_size, sent, received, last_at";
pub(super) const PAIR: &str = "account, person, other, version, digest";

pub(super) async fn correspondents(
    on: &Pool,
    account: AccountId,
    keys: &[Key],
) -> Result<Vec<Correspondent>, CommitError> {
    let mut found = Vec::new();
    for keys in keys.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query
            .push(CORRESPONDENT)
            .push(" FROM correspondent WHERE account = ");
        query.push_bind(account.0).push(" AND key IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        for row in query.build().fetch_all(on).await.map_err(classify)? {
            found.push(correspondent_of(&row)?);
        }
    }
    Ok(found)
}

pub(super) fn correspondent_of(row: &DbRow) -> Result<Correspondent, Unreadable> {
    let row = Reading::of(row, "correspondent", &["account", "key"]);
    Ok(Correspondent {
        key: Key(row.get("key")?),
        name: row.get("name")?,
        written_to: row.count("written_to")?,
        wrote: row.count("wrote")?,
        last_at: row.moment("last_at")?,
        recorded: row.flag("recorded")?,
    })
}

pub(super) async fn counted(
    on: &Pool,
    account: AccountId,
    hashes: &[Vec<u8>],
) -> Result<HashSet<Vec<u8>>, CommitError> {
    let mut found = HashSet::new();
    for hashes in hashes.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new("SELECT hash FROM message WHERE account = ");
        query.push_bind(account.0).push(" AND hash IN");
        push_list(&mut query, hashes.iter().map(Vec::as_slice));
        let rows: Vec<Vec<u8>> = query
            .build_query_scalar()
            .fetch_all(on)
            .await
            .map_err(classify)?;
        found.extend(rows);
    }
    Ok(found)
}

async fn tallies(
    on: &Pool,
    account: AccountId,
    keys: &[Key],
) -> Result<Vec<(BucketKey, Tally)>, CommitError> {
    let mut found = Vec::new();
    // Counts between two of these are found from both ends; the second time they are left out.
    for (column, keys) in keys
        .chunks(NAMED)
        .flat_map(|keys| [("a", keys), ("b", keys)])
    {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query
            .push(BUCKET)
            .push(" FROM bucket WHERE account = ")
            .push_bind(account.0)
            .push(" AND ")
            .push(column)
            .push(" IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        if column == "b" {
            query.push(" AND b <> ''");
        }
        for row in query.build().fetch_all(on).await.map_err(classify)? {
            found.push(tally_of(&row)?);
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.dedup_by(|(a, _), (b, _)| a == b);
    Ok(found)
}

pub(super) fn tally_of(row: &DbRow) -> Result<(BucketKey, Tally), Unreadable> {
    let row = Reading::of(
        row,
        "bucket",
        &["account", "a", "b", "channel", "month", "group_size"],
    );
    let b: String = row.get("b")?;
    let bucket = BucketKey {
        a: Key(row.get("a")?),
        b: (!b.is_empty()).then_some(Key(b)),
        channel: Channel::named(row.get("channel")?),
        month: row.day("month")?,
        group: row.count("group_size")?,
    };
    let tally = Tally {
        sent: row.count("sent")?,
        received: row.count("received")?,
        last_at: row.moment("last_at")?,
    };
    Ok((bucket, tally))
}

async fn pairs(
    on: &Pool,
    account: AccountId,
    persons: &[PersonId],
) -> Result<Vec<Pair>, CommitError> {
    let mut found: Vec<Pair> = Vec::new();
    for (column, persons) in persons
        .chunks(NAMED)
        .flat_map(|it| [("person", it), ("other", it)])
    {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query
            .push(PAIR)
            .push(" FROM pair WHERE account = ")
            .push_bind(account.0)
            .push(" AND ")
            .push(column)
            .push(" IN");
        push_list(&mut query, persons.iter().map(|id| id.0));
        for row in query.build().fetch_all(on).await.map_err(classify)? {
            found.push(pair_of(&row)?);
        }
    }
    found.sort_by_key(|pair| (pair.person, pair.other));
    found.dedup();
    Ok(found)
}

pub(super) fn pair_of(row: &DbRow) -> Result<Pair, Unreadable> {
    let row = Reading::of(row, "pair", &["account", "person", "other"]);
    let other: Uuid = row.get("other")?;
    Ok(Pair {
        person: PersonId(row.get("person")?),
        other: (other != NOBODY).then_some(PersonId(other)),
        version: row.get("version")?,
        digest: row.get("digest")?,
    })
}

pub(super) async fn stale(
    on: &Pool,
    import: ImportId,
    most: usize,
) -> Result<Vec<PersonId>, CommitError> {
    let found: Vec<Uuid> =
        sqlx::query_scalar("SELECT person FROM stale WHERE import = $1 ORDER BY person LIMIT $2")
            .bind(import.0)
            .bind(limit(most))
            .fetch_all(on)
            .await
            .map_err(classify)?;
    Ok(found.into_iter().map(PersonId).collect())
}

pub(super) async fn stale_apart(
    on: &Pool,
    account: AccountId,
    most: usize,
) -> Result<Vec<PersonId>, CommitError> {
    let found: Vec<Uuid> = sqlx::query_scalar(
        "SELECT person FROM stale WHERE import = $1 AND account = $2 ORDER BY person LIMIT $3",
    )
    .bind(NOBODY)
    .bind(account.0)
    .bind(limit(most))
    .fetch_all(on)
    .await
    .map_err(classify)?;
    Ok(found.into_iter().map(PersonId).collect())
}

pub(super) async fn accounts_with_stale(
    on: &Pool,
    after: Option<AccountId>,
    most: usize,
) -> Result<Vec<AccountId>, CommitError> {
    let found: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT account FROM stale WHERE import = $1 AND account > $2 \
         ORDER BY account LIMIT $3",
    )
    .bind(NOBODY)
    .bind(after.map_or(Uuid::nil(), |id| id.0))
    .bind(limit(most))
    .fetch_all(on)
    .await
    .map_err(classify)?;
    Ok(found.into_iter().map(AccountId).collect())
}

pub(super) async fn constellation(
    on: &Pool,
    account: AccountId,
    persons: &[PersonId],
) -> Result<Constellation, CommitError> {
    // First: what is read later can only be newer, and then the commit finds out.
    let version: Option<i64> = sqlx::query_scalar("SELECT book_version FROM account WHERE id = $1")
        .bind(account.0)
        .fetch_optional(on)
        .await
        .map_err(classify)?;
    let mut keys = BTreeSet::new();
    let roots = roots_of(on, account, persons).await?;
    let roots: BTreeSet<PersonId> = roots.into_values().collect();
    let asked: Vec<PersonId> = roots.iter().copied().collect();
    for roots in asked.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT DISTINCT k.key FROM person p JOIN person_key k ON k.home = p.id WHERE p.root IN",
        );
        push_list(&mut query, roots.iter().map(|id| id.0));
        let found: Vec<String> = query
            .build_query_scalar()
            .fetch_all(on)
            .await
            .map_err(classify)?;
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
) -> Result<HashMap<Key, PersonId>, CommitError> {
    let mut owners = HashMap::new();
    for keys in keys.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT k.key, p.root FROM person_key k JOIN person p ON p.id = k.home WHERE k.account = ",
        );
        query.push_bind(account.0).push(" AND k.key IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        query.push(" ORDER BY k.record");
        let found: Vec<(String, Uuid)> = query
            .build_query_as()
            .fetch_all(on)
            .await
            .map_err(classify)?;
        for (key, root) in found {
            owners.entry(Key(key)).or_insert(PersonId(root));
        }
    }
    Ok(owners)
}
