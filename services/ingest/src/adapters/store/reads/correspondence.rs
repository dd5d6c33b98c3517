//! Reading the correspondence, the counts, and what was published of them. A row that cannot be read
//! is an error to whoever needs it: a count that is left out would be published as one that is gone.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use skeleton_durable::sql::{among, number, push_list};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    super::{
        dialect::{Db, Pool},
        rows::{BUCKET, CORRESPONDENT, NAMED, PAIR, correspondent_of, pair_of, tally_of},
    },
    Store, book_version,
    books::roots_of,
    persons, rows, select, tuples,
};
use crate::{
    domain::{
        correspondence::Correspondent,
        interactions::{BucketKey, Interactions, Pair, Tally},
        key::Key,
    },
    ports::{Correspondence, NOBODY, Read},
};

#[async_trait]
impl Correspondence for Store {
    async fn correspondents(&self, account: AccountId, keys: &[Key]) -> Read<Vec<Correspondent>> {
        let mut found = Vec::new();
        for keys in keys.chunks(NAMED) {
            let mut query = select(CORRESPONDENT, "correspondent");
            query.push("account = ").push_bind(account.0);
            query.push(" AND key IN");
            push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
            for row in rows(query, self.reader()).await? {
                found.push(correspondent_of(&row)?);
            }
        }
        Ok(found)
    }

    async fn counted(&self, account: AccountId, hashes: &[Vec<u8>]) -> Read<HashSet<Vec<u8>>> {
        let mut counted = HashSet::new();
        for hashes in hashes.chunks(NAMED) {
            let mut query = select("hash", "message");
            query.push("account = ").push_bind(account.0);
            query.push(" AND hash IN");
            push_list(&mut query, hashes.iter().map(Vec::as_slice));
            let found: Vec<(Vec<u8>,)> = tuples(query, self.reader()).await?;
            counted.extend(found.into_iter().map(|(hash,)| hash));
        }
        Ok(counted)
    }

    async fn interactions(&self, account: AccountId, persons: &[PersonId]) -> Read<Interactions> {
        let on = self.reader();
        let version = book_version(on, account).await?;
        let mut keys = BTreeSet::new();
        let roots = roots_of(on, account, persons).await?;
        let roots: BTreeSet<PersonId> = roots.into_values().collect();
        let asked: Vec<PersonId> = roots.iter().copied().collect();
        for roots in asked.chunks(NAMED) {
            let text = "SELECT DISTINCT k.key FROM person p JOIN person_key k ON k.home = p.id \
                 WHERE p.root IN";
            let query = among::<Db, _>(text, roots.iter().map(|id| id.0));
            let found: Vec<(String,)> = tuples(query, on).await?;
            keys.extend(found.into_iter().map(|(key,)| Key(key)));
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
        Ok(Interactions {
            version,
            roots,
            tallies,
            owners,
            pairs,
        })
    }

    async fn stale(&self, import: ImportId, limit: usize) -> Read<Vec<PersonId>> {
        let mut query = select("person", "stale");
        query.push("import = ").push_bind(import.0);
        query.push(" ORDER BY person LIMIT ");
        query.push_bind(number(limit));
        Ok(persons(tuples(query, self.reader()).await?))
    }

    async fn stale_apart(&self, account: AccountId, limit: usize) -> Read<Vec<PersonId>> {
        let mut query = select("person", "stale");
        query.push("import = ").push_bind(NOBODY);
        query.push(" AND account = ").push_bind(account.0);
        query.push(" ORDER BY person LIMIT ");
        query.push_bind(number(limit));
        Ok(persons(tuples(query, self.reader()).await?))
    }

    async fn accounts_with_stale(
        &self,
        after: Option<AccountId>,
        limit: usize,
    ) -> Read<Vec<AccountId>> {
        let mut query = select("DISTINCT account", "stale");
        query.push("import = ").push_bind(NOBODY);
        query.push(" AND account > ");
        query.push_bind(after.map_or(Uuid::nil(), |id| id.0));
        query.push(" ORDER BY account LIMIT ");
        query.push_bind(number(limit));
        let found: Vec<(Uuid,)> = tuples(query, self.reader()).await?;
        Ok(found.into_iter().map(|(id,)| AccountId(id)).collect())
    }
}

async fn tallies(on: &Pool, account: AccountId, keys: &[Key]) -> Read<Vec<(BucketKey, Tally)>> {
    let mut found = Vec::new();
    // Counts between two of these are found from both ends; the second time they are left out.
    for (column, keys) in keys
        .chunks(NAMED)
        .flat_map(|keys| [("a", keys), ("b", keys)])
    {
        let mut query = select(BUCKET, "bucket");
        query.push("account = ").push_bind(account.0);
        query.push(" AND ").push(column).push(" IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        if column == "b" {
            query.push(" AND b <> ''");
        }
        for row in rows(query, on).await? {
            found.push(tally_of(&row)?);
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.dedup_by(|(a, _), (b, _)| a == b);
    Ok(found)
}

async fn pairs(on: &Pool, account: AccountId, persons: &[PersonId]) -> Read<Vec<Pair>> {
    let mut found: Vec<Pair> = Vec::new();
    for (column, persons) in persons
        .chunks(NAMED)
        .flat_map(|it| [("person", it), ("other", it)])
    {
        let mut query = select(PAIR, "pair");
        query.push("account = ").push_bind(account.0);
        query.push(" AND ").push(column).push(" IN");
        push_list(&mut query, persons.iter().map(|id| id.0));
        for row in rows(query, on).await? {
            found.push(pair_of(&row)?);
        }
    }
    found.sort_by_key(|pair| (pair.person, pair.other));
    found.dedup();
    Ok(found)
}

/// Whose addresses are: the root of the earliest record that carries each.
async fn owners(on: &Pool, account: AccountId, keys: &[Key]) -> Read<HashMap<Key, PersonId>> {
    let mut owners = HashMap::new();
    for keys in keys.chunks(NAMED) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT k.key, p.root FROM person_key k JOIN person p ON p.id = k.home \
             WHERE k.account = ",
        );
        query.push_bind(account.0).push(" AND k.key IN");
        push_list(&mut query, keys.iter().map(|key| key.0.as_str()));
        query.push(" ORDER BY k.record");
        let found: Vec<(String, Uuid)> = tuples(query, on).await?;
        for (key, root) in found {
            owners.entry(Key(key)).or_insert(PersonId(root));
        }
    }
    Ok(owners)
}
