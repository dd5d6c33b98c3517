//! The reads.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kith_shared::ids::{AccountId, CircleId, ImportId, NoteId, PersonId};
use serde::Serialize;
use serde_json::{Value, json};
use skeleton_durable::{
    commit::CommitError,
    neo4j::{self, Row},
    stored::moment,
};

use super::{
    erase, pair_name,
    rows::{self, INTERACTIONS, PERSON, get},
};
use crate::{
    domain::records::{Account, Circle, Interactions, Person},
    ports::{Annotation, Changed, Note, Pair, PublishedBand, Standing, Store, Subjects},
};

/// Ids in one query.
const IDS: usize = 5000;

/// All rows of a query with `$ids`, for any number of them.
async fn by_ids<I: Serialize>(
    store: &neo4j::Store,
    text: &str,
    ids: &[I],
) -> Result<Vec<Row>, CommitError> {
    let mut found = Vec::new();
    for ids in ids.chunks(IDS) {
        found.extend(store.run(text, json!({"ids": ids})).await?);
    }
    Ok(found)
}

fn records<T, C: FromIterator<T>>(
    rows: &[Row],
    record: impl Fn(&Row) -> Result<T, CommitError>,
) -> Result<C, CommitError> {
    rows.iter().map(record).collect()
}

#[async_trait]
impl Store for neo4j::Store {
    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, CommitError> {
        let text = "MATCH (a:Account) WHERE a.id IN $ids AND a.version > 0 RETURN a.id AS id, \
                    a.version AS version, a.display_name AS display_name, a.verified AS verified";
        records(&by_ids(self, text, ids).await?, rows::account)
    }

    async fn standings(
        &self,
        ids: &[AccountId],
    ) -> Result<BTreeMap<AccountId, Standing>, CommitError> {
        let text = "MATCH (a:Account) WHERE a.id IN $ids RETURN a.id AS id, \
                    coalesce(a.erased, false) AS erased, coalesce(a.changes, 0) AS changes, \
                    coalesce(a.account_at, 0) AS account_at, coalesce(a.tags_at, 0) AS tags_at";
        records(&by_ids(self, text, ids).await?, rows::standing)
    }

    async fn erase_some(&self, account: AccountId) -> Result<bool, CommitError> {
        erase::some(self, account).await
    }

    async fn changed_since(
        &self,
        owner: AccountId,
        since: i64,
        limit: u32,
    ) -> Result<Option<Changed>, CommitError> {
        let parameters = json!({"owner": owner, "since": since, "limit": i64::from(limit) + 1});
        let text = format!(
            "MATCH (p:Person) WHERE p.account = $owner AND p.changed > $since \
             WITH p LIMIT $limit RETURN {PERSON}"
        );
        let persons = self.run(&text, parameters.clone()).await?;
        if persons.len() > limit as usize {
            return Ok(None);
        }
        let text = format!(
            "MATCH ()-[i:INTERACTED]->() WHERE i.account = $owner AND i.changed > $since \
             WITH i LIMIT $limit RETURN {INTERACTIONS}"
        );
        let interactions = self.run(&text, parameters).await?;
        if interactions.len() > limit as usize {
            return Ok(None);
        }
        Ok(Some(Changed {
            persons: records(&persons, rows::person)?,
            interactions: records(&interactions, rows::interactions)?,
        }))
    }

    async fn circles_of(&self, account: AccountId) -> Result<Vec<Circle>, CommitError> {
        let text = "MATCH (:Account {id: $id})-[:MEMBER_OF]->(c:Circle) RETURN c.id AS id, \
                    c.version AS version, c.name AS name, c.members AS members ORDER BY c.id";
        records(&self.run(text, json!({"id": account})).await?, rows::circle)
    }

    async fn persons(&self, ids: &[PersonId]) -> Result<Vec<Person>, CommitError> {
        let text = format!("MATCH (p:Person) WHERE p.id IN $ids AND p.version > 0 RETURN {PERSON}");
        records(&by_ids(self, &text, ids).await?, rows::person)
    }

    async fn merged_into(
        &self,
        ids: &[PersonId],
    ) -> Result<BTreeMap<PersonId, PersonId>, CommitError> {
        // A relationship is walked once, so even a ring of merges ends.
        let text = "UNWIND $ids AS id MATCH (p:Person {id: id})<-[:MERGED_INTO*1..]-(old) \
                    RETURN DISTINCT old.id AS old, p.id AS root";
        records(&by_ids(self, text, ids).await?, |row| {
            Ok((get(row, "old")?, get(row, "root")?))
        })
    }

    async fn book(
        &self,
        owner: AccountId,
        after: Option<PersonId>,
        limit: u32,
    ) -> Result<Vec<Person>, CommitError> {
        let text = format!(
            "MATCH (p:Person) WHERE p.account = $owner AND p.id > $after AND p.version > 0 \
             WITH p ORDER BY p.account, p.id LIMIT $limit RETURN {PERSON}"
        );
        let after = after.map_or(String::new(), |after| after.to_string());
        let parameters = json!({"owner": owner, "after": after, "limit": limit});
        records(&self.run(&text, parameters).await?, rows::person)
    }

    async fn book_interactions(
        &self,
        owner: AccountId,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Interactions>, CommitError> {
        let text = format!(
            "MATCH ()-[i:INTERACTED]->() WHERE i.account = $owner AND i.pair > $after \
             WITH i ORDER BY i.account, i.pair LIMIT $limit RETURN {INTERACTIONS}"
        );
        let after = after.map_or(String::new(), |(person, other)| pair_name(person, other));
        let parameters = json!({"owner": owner, "after": after, "limit": limit});
        records(&self.run(&text, parameters).await?, rows::interactions)
    }

    async fn interactions_of(
        &self,
        pairs: &[(AccountId, Pair)],
    ) -> Result<Vec<Interactions>, CommitError> {
        let text = format!(
            "UNWIND $ids AS row \
             MATCH ()-[i:INTERACTED {{account: row.account, pair: row.pair}}]->() RETURN {INTERACTIONS}"
        );
        let row = |(owner, (person, other)): &(AccountId, Pair)| json!({"account": owner, "pair": pair_name(*person, *other)});
        let pairs: Vec<Value> = pairs.iter().map(row).collect();
        records(&by_ids(self, &text, &pairs).await?, rows::interactions)
    }

    async fn bands(&self, persons: &[PersonId]) -> Result<Vec<PublishedBand>, CommitError> {
        let text = "MATCH (p:Person) WHERE p.id IN $ids AND p.band_version > 0 RETURN p.id AS id, \
                    p.account AS account, p.band AS band, p.band_version AS version";
        records(&by_ids(self, text, persons).await?, rows::band)
    }

    async fn tags(
        &self,
        persons: &[PersonId],
    ) -> Result<BTreeMap<PersonId, Vec<String>>, CommitError> {
        let text = "MATCH (p:Person) WHERE p.id IN $ids AND p.tags IS NOT NULL \
                    RETURN p.id AS id, p.tags AS tags";
        records(&by_ids(self, text, persons).await?, tags)
    }

    async fn tags_of_book(
        &self,
        owner: AccountId,
    ) -> Result<BTreeMap<PersonId, Vec<String>>, CommitError> {
        let text = "MATCH (p:Tagged) WHERE p.account IN $ids RETURN p.id AS id, p.tags AS tags";
        records(&by_ids(self, text, &[owner]).await?, tags)
    }

    async fn annotations(
        &self,
        persons: &[PersonId],
    ) -> Result<BTreeMap<PersonId, Annotation>, CommitError> {
        let text = "MATCH (p:Person) WHERE p.id IN $ids \
                    AND (p.annotation IS NOT NULL OR p.tags IS NOT NULL) \
                    RETURN p.id AS id, coalesce(p.annotation, 0) AS version, \
                           coalesce(p.tags, []) AS tags";
        let mut found: BTreeMap<PersonId, Annotation> = BTreeMap::new();
        for row in by_ids(self, text, persons).await? {
            let (id, tags) = tags(&row)?;
            let annotation = found.entry(id).or_default();
            annotation.version = get(&row, "version")?;
            annotation.tags = tags;
        }
        let text = "MATCH (p:Person)-[:NOTED]->(n:Note) WHERE p.id IN $ids RETURN p.id AS person, \
                    n.id AS id, n.text AS text, n.created_at AS created_at \
                    ORDER BY n.created_at DESC, n.id DESC";
        for row in by_ids(self, text, persons).await? {
            let person: PersonId = get(&row, "person")?;
            let id: NoteId = get(&row, "id")?;
            found.entry(person).or_default().notes.push(Note {
                id,
                text: get(&row, "text")?,
                created_at: moment(get(&row, "created_at")?, ("note", "created_at"), id)?,
            });
        }
        Ok(found)
    }

    async fn account_ids(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<AccountId>, CommitError> {
        let text =
            "MATCH (a:Account) WHERE a.id > $after RETURN a.id AS id ORDER BY a.id LIMIT $limit";
        let after = after.map_or(String::new(), |after| after.to_string());
        let rows = self
            .run(text, json!({"after": after, "limit": limit}))
            .await?;
        records(&rows, |row| get(row, "id"))
    }

    async fn circles(
        &self,
        after: Option<CircleId>,
        limit: u32,
    ) -> Result<Vec<Circle>, CommitError> {
        let text = "MATCH (c:Circle) WHERE c.id > $after RETURN c.id AS id, c.version AS version, \
                    c.name AS name, c.members AS members ORDER BY c.id LIMIT $limit";
        let after = after.map_or(String::new(), |after| after.to_string());
        let rows = self
            .run(text, json!({"after": after, "limit": limit}))
            .await?;
        records(&rows, rows::circle)
    }

    async fn versions(
        &self,
        of: Subjects,
        owner: AccountId,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<(Pair, i64)>, CommitError> {
        let text = match of {
            Subjects::Interactions => {
                "MATCH ()-[i:INTERACTED]->() WHERE i.account = $owner AND i.pair > $pair \
                 WITH i ORDER BY i.account, i.pair LIMIT $limit \
                 RETURN i.pair AS pair, i.version AS version"
            }
            Subjects::Persons => {
                "MATCH (p:Person) WHERE p.account = $owner AND p.id > $person AND p.version > 0 \
                 WITH p ORDER BY p.account, p.id LIMIT $limit \
                 RETURN p.id + '/' AS pair, p.version AS version"
            }
            Subjects::Bands => {
                "MATCH (p:Person) WHERE p.account = $owner AND p.id > $person \
                 AND p.band_version > 0 WITH p ORDER BY p.account, p.id LIMIT $limit \
                 RETURN p.id + '/' AS pair, p.band_version AS version"
            }
            Subjects::Annotations => {
                "MATCH (p:Person) WHERE p.account = $owner AND p.id > $person \
                 AND p.annotation > 0 WITH p ORDER BY p.account, p.id LIMIT $limit \
                 RETURN p.id + '/' AS pair, p.annotation AS version"
            }
        };
        let person = after.map_or(String::new(), |(person, _)| person.to_string());
        let pair = after.map_or(String::new(), |(person, other)| pair_name(person, other));
        let parameters = json!({"owner": owner, "person": person, "pair": pair, "limit": limit});
        records(&self.run(text, parameters).await?, |row| {
            Ok((rows::pair(row)?, get(row, "version")?))
        })
    }

    async fn is_applied(&self, import: ImportId) -> Result<bool, CommitError> {
        let text = "MATCH (i:AppliedImport {id: $id}) RETURN 1 AS one";
        Ok(!self.run(text, json!({"id": import})).await?.is_empty())
    }
}

fn tags(row: &Row) -> Result<(PersonId, Vec<String>), CommitError> {
    let mut tags: Vec<String> = get(row, "tags")?;
    tags.sort_unstable();
    Ok((get(row, "id")?, tags))
}
