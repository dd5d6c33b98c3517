//! The reads.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kith_shared::ids::{AccountId, CircleId, ImportId, NoteId, PersonId};
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};
use uuid::Uuid;

use skeleton_durable::{
    commit::CommitError,
    sql::{among, classify, sqlite},
    stored::moment,
};

use super::rows;
use crate::{
    domain::records::{Account, Circle, Interactions, Person},
    ports::{Annotation, Changed, Note, Pair, PublishedBand, Standing, Store, Subjects},
};

/// Ids bound in one statement.
const IDS: usize = 500;

/// All rows of `text (ids) end`, for any number of ids.
async fn by_ids(
    store: &sqlite::Store,
    text: &str,
    ids: impl IntoIterator<Item = Uuid>,
    end: &str,
) -> Result<Vec<SqliteRow>, CommitError> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut rows = Vec::new();
    for ids in ids.chunks(IDS) {
        let mut query = among::<Sqlite, _>(text, ids.iter().copied());
        query.push(" ").push(end);
        rows.extend(fetch(store, &mut query).await?);
    }
    Ok(rows)
}

async fn fetch(
    store: &sqlite::Store,
    query: &mut QueryBuilder<Sqlite>,
) -> Result<Vec<SqliteRow>, CommitError> {
    query
        .build()
        .fetch_all(store.reader())
        .await
        .map_err(classify)
}

/// Rows of a book that changed since a count, one more than `limit` at most.
async fn changed_rows(
    store: &sqlite::Store,
    columns: &str,
    table: &str,
    owner: AccountId,
    since: i64,
    limit: u32,
) -> Result<Vec<SqliteRow>, CommitError> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
    query.push(columns).push(" FROM ").push(table);
    query.push(" WHERE account_id = ").push_bind(owner.0);
    query.push(" AND changed > ").push_bind(since);
    query.push(" LIMIT ").push_bind(i64::from(limit) + 1);
    fetch(store, &mut query).await
}

#[async_trait]
impl Store for sqlite::Store {
    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, CommitError> {
        let text =
            "SELECT account_id, version, display_name, verified FROM account WHERE account_id IN";
        by_ids(
            self,
            text,
            ids.iter().map(|id| id.0),
            "AND erased = 0 AND version > 0",
        )
        .await?
        .iter()
        .map(rows::account)
        .collect()
    }

    async fn standings(
        &self,
        ids: &[AccountId],
    ) -> Result<BTreeMap<AccountId, Standing>, CommitError> {
        let text = "SELECT account_id, erased, changes, account_at, tags_at FROM account \
                    WHERE account_id IN";
        by_ids(self, text, ids.iter().map(|id| id.0), "")
            .await?
            .iter()
            .map(rows::standing)
            .collect()
    }

    /// A commit takes any amount.
    async fn erase_some(&self, _: AccountId) -> Result<bool, CommitError> {
        Ok(false)
    }

    async fn changed_since(
        &self,
        owner: AccountId,
        since: i64,
        limit: u32,
    ) -> Result<Option<Changed>, CommitError> {
        let mut changed = Changed::default();
        let rows = changed_rows(self, rows::PERSON, "person", owner, since, limit).await?;
        for row in &rows {
            changed.persons.push(rows::person(row)?);
        }
        let rows = changed_rows(
            self,
            rows::INTERACTIONS,
            "interactions",
            owner,
            since,
            limit,
        )
        .await?;
        for row in &rows {
            changed.interactions.push(rows::interactions(row)?);
        }
        let most = changed.persons.len().max(changed.interactions.len());
        Ok((most <= limit as usize).then_some(changed))
    }

    async fn circles_of(&self, account: AccountId) -> Result<Vec<Circle>, CommitError> {
        sqlx::query(
            "SELECT circle.circle_id, version, name, members FROM circle JOIN circle_member \
             ON circle_member.circle_id = circle.circle_id WHERE account_id = $1 \
             ORDER BY circle.circle_id",
        )
        .bind(account.0)
        .fetch_all(self.reader())
        .await
        .map_err(classify)?
        .iter()
        .map(rows::circle)
        .collect()
    }

    async fn persons(&self, ids: &[PersonId]) -> Result<Vec<Person>, CommitError> {
        let text = format!("SELECT {} FROM person WHERE person_id IN", rows::PERSON);
        by_ids(self, &text, ids.iter().map(|id| id.0), "")
            .await?
            .iter()
            .map(rows::person)
            .collect()
    }

    async fn merged_into(
        &self,
        ids: &[PersonId],
    ) -> Result<BTreeMap<PersonId, PersonId>, CommitError> {
        // UNION drops what was seen, so even a ring of merges ends.
        let rows = by_ids(
            self,
            "WITH RECURSIVE chain (id, root) AS (\
             SELECT person_id, merged_into FROM person WHERE merged_into IN",
            ids.iter().map(|id| id.0),
            "UNION SELECT person.person_id, chain.root FROM person \
             JOIN chain ON person.merged_into = chain.id) SELECT id, root FROM chain",
        )
        .await?;
        rows.iter()
            .map(|row| {
                let old = row.try_get(0).map(PersonId).map_err(classify)?;
                Ok((old, row.try_get(1).map(PersonId).map_err(classify)?))
            })
            .collect()
    }

    async fn book(
        &self,
        owner: AccountId,
        after: Option<PersonId>,
        limit: u32,
    ) -> Result<Vec<Person>, CommitError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query
            .push(rows::PERSON)
            .push(" FROM person WHERE account_id = ")
            .push_bind(owner.0);
        if let Some(after) = after {
            query.push(" AND person_id > ").push_bind(after.0);
        }
        query
            .push(" ORDER BY person_id LIMIT ")
            .push_bind(i64::from(limit));
        let rows = fetch(self, &mut query).await?;
        rows.iter().map(rows::person).collect()
    }

    async fn book_interactions(
        &self,
        owner: AccountId,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Interactions>, CommitError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query
            .push(rows::INTERACTIONS)
            .push(" FROM interactions WHERE account_id = ");
        query.push_bind(owner.0);
        if let Some((person, other)) = after {
            query
                .push(" AND (person_id, other_id) > (")
                .push_bind(person.0)
                .push(", ");
            query
                .push_bind(other.map_or(Uuid::nil(), |other| other.0))
                .push(")");
        }
        query
            .push(" ORDER BY person_id, other_id LIMIT ")
            .push_bind(i64::from(limit));
        let rows = fetch(self, &mut query).await?;
        rows.iter().map(rows::interactions).collect()
    }

    async fn interactions_of(
        &self,
        pairs: &[(AccountId, Pair)],
    ) -> Result<Vec<Interactions>, CommitError> {
        let mut found = Vec::new();
        for pairs in pairs.chunks(IDS) {
            // Joined, not `IN (VALUES …)`: SQLite would read the whole table for that.
            let mut query = QueryBuilder::<Sqlite>::new("WITH wanted (a, p, o) AS (");
            query.push_values(pairs, |mut row, (owner, (person, other))| {
                row.push_bind(owner.0)
                    .push_bind(person.0)
                    .push_bind(other.map_or(Uuid::nil(), |other| other.0));
            });
            query.push(") SELECT ").push(rows::INTERACTIONS);
            query.push(
                " FROM wanted JOIN interactions \
                 ON account_id = a AND person_id = p AND other_id = o",
            );
            let rows = fetch(self, &mut query).await?;
            for row in &rows {
                found.push(rows::interactions(row)?);
            }
        }
        Ok(found)
    }

    async fn bands(&self, persons: &[PersonId]) -> Result<Vec<PublishedBand>, CommitError> {
        let text = "SELECT account_id, person_id, version, band FROM band WHERE person_id IN";
        by_ids(self, text, persons.iter().map(|id| id.0), "")
            .await?
            .iter()
            .map(rows::band)
            .collect()
    }

    async fn tags(
        &self,
        persons: &[PersonId],
    ) -> Result<BTreeMap<PersonId, Vec<String>>, CommitError> {
        let text = "SELECT person_id, tag FROM tag WHERE person_id IN";
        grouped_tags(
            &by_ids(
                self,
                text,
                persons.iter().map(|id| id.0),
                "ORDER BY person_id, tag",
            )
            .await?,
        )
    }

    async fn tags_of_book(
        &self,
        owner: AccountId,
    ) -> Result<BTreeMap<PersonId, Vec<String>>, CommitError> {
        let text = "SELECT person_id, tag FROM tag WHERE account_id IN";
        grouped_tags(&by_ids(self, text, [owner.0], "ORDER BY person_id, tag").await?)
    }

    async fn annotations(
        &self,
        persons: &[PersonId],
    ) -> Result<BTreeMap<PersonId, Annotation>, CommitError> {
        let mut found: BTreeMap<PersonId, Annotation> = BTreeMap::new();
        let text = "SELECT person_id, version FROM annotation WHERE person_id IN";
        for row in by_ids(self, text, persons.iter().map(|id| id.0), "").await? {
            let person = PersonId(row.try_get(0).map_err(classify)?);
            found.entry(person).or_default().version = row.try_get(1).map_err(classify)?;
        }
        for (person, tags) in self.tags(persons).await? {
            found.entry(person).or_default().tags = tags;
        }
        let text = "SELECT person_id, note_id, text, created_at FROM note WHERE person_id IN";
        for row in by_ids(
            self,
            text,
            persons.iter().map(|id| id.0),
            "ORDER BY created_at DESC, note_id DESC",
        )
        .await?
        {
            let person = PersonId(row.try_get(0).map_err(classify)?);
            let id: Uuid = row.try_get(1).map_err(classify)?;
            let created_at = row.try_get(3).map_err(classify)?;
            found.entry(person).or_default().notes.push(Note {
                id: NoteId(id),
                text: row.try_get(2).map_err(classify)?,
                created_at: moment(created_at, ("note", "created_at"), id)?,
            });
        }
        Ok(found)
    }

    async fn account_ids(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<AccountId>, CommitError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT account_id FROM account");
        if let Some(after) = after {
            query.push(" WHERE account_id > ").push_bind(after.0);
        }
        query.push(" ORDER BY account_id LIMIT ");
        query.push_bind(i64::from(limit));
        fetch(self, &mut query)
            .await?
            .iter()
            .map(|row| row.try_get(0).map(AccountId).map_err(classify))
            .collect()
    }

    async fn circles(
        &self,
        after: Option<CircleId>,
        limit: u32,
    ) -> Result<Vec<Circle>, CommitError> {
        let text = "SELECT circle_id, version, name, members FROM circle";
        let mut query = QueryBuilder::<Sqlite>::new(text);
        if let Some(after) = after {
            query.push(" WHERE circle_id > ").push_bind(after.0);
        }
        query.push(" ORDER BY circle_id LIMIT ");
        query.push_bind(i64::from(limit));
        fetch(self, &mut query)
            .await?
            .iter()
            .map(rows::circle)
            .collect()
    }

    async fn versions(
        &self,
        of: Subjects,
        owner: AccountId,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<(Pair, i64)>, CommitError> {
        let table = match of {
            Subjects::Persons => "person",
            Subjects::Interactions => "interactions",
            Subjects::Bands => "band",
            Subjects::Annotations => "annotation",
        };
        let pairs = of == Subjects::Interactions;
        let mut query = QueryBuilder::<Sqlite>::new("SELECT version, person_id");
        query.push(if pairs { ", other_id" } else { "" });
        query.push(" FROM ").push(table);
        query.push(" WHERE account_id = ").push_bind(owner.0);
        match after {
            Some((person, other)) if pairs => {
                let other = other.map_or(Uuid::nil(), |other| other.0);
                query.push(" AND (person_id, other_id) > (");
                query.push_bind(person.0).push(", ");
                query.push_bind(other).push(")");
            }
            Some((person, _)) => {
                query.push(" AND person_id > ").push_bind(person.0);
            }
            None => {}
        }
        query.push(" ORDER BY person_id");
        query.push(if pairs { ", other_id" } else { "" });
        query.push(" LIMIT ").push_bind(i64::from(limit));
        fetch(self, &mut query)
            .await?
            .iter()
            .map(|row| {
                let other = if pairs {
                    row.try_get(2).map_err(classify)?
                } else {
                    Uuid::nil()
                };
                let other = (!other.is_nil()).then_some(PersonId(other));
                let person = PersonId(row.try_get(1).map_err(classify)?);
                Ok(((person, other), row.try_get(0).map_err(classify)?))
            })
            .collect()
    }

    async fn is_applied(&self, import: ImportId) -> Result<bool, CommitError> {
        let row = sqlx::query("SELECT 1 FROM applied_import WHERE import_id = $1")
            .bind(import.0)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        Ok(row.is_some())
    }
}

fn grouped_tags(rows: &[SqliteRow]) -> Result<BTreeMap<PersonId, Vec<String>>, CommitError> {
    let mut tags: BTreeMap<PersonId, Vec<String>> = BTreeMap::new();
    for row in rows {
        let person = PersonId(row.try_get(0).map_err(classify)?);
        tags.entry(person)
            .or_default()
            .push(row.try_get(1).map_err(classify)?);
    }
    Ok(tags)
}
