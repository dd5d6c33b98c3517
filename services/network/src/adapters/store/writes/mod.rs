//! The writes: versions are compared in the statements, so order never matters.

use std::collections::HashMap;

use kith_shared::{ids::PersonId, open::OpenCircle};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use skeleton_durable::{
    sql::{WriteError, sqlite},
    stored,
};

use self::{
    counts::{Counts, expect_evidence, touch},
    erase::erase,
};
use super::stored::{
    ACTIVE, StoredAliases, StoredBuckets, StoredConnections, StoredEmployments, StoredKeys,
    StoredMembers, StoredVerified, band_to_number, state_to_number,
};
use crate::{
    domain::records::{Account, Interactions, Person},
    ports::{Note, PublishedBand, Write},
};

mod counts;
mod erase;

/// Rows written by one statement.
const ROWS: usize = 500;

impl sqlite::Write for Write {
    async fn apply(&self, on: &mut SqliteConnection) -> Result<(), WriteError> {
        Self::apply_all(std::slice::from_ref(self), on).await
    }

    /// Persons, interactions and bands come by the hundred and are written together.
    async fn apply_all(writes: &[Self], on: &mut SqliteConnection) -> Result<(), WriteError> {
        // Counting comes first: it shows who is erased, and no other writer comes between.
        let counts = touch(on, &Write::touched(writes)).await?;
        let (mut persons, mut pairs, mut bands) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = Vec::new();
        for write in writes {
            match write {
                Self::ExpectEvidence {
                    owner,
                    since,
                    persons,
                } => expect_evidence(on, *owner, *since, persons).await?,
                Self::PutPerson(person) => persons.push(person),
                Self::PutInteractions(pair) => pairs.push(pair),
                Self::PutBand(band) => bands.push(band),
                Self::PutAccount(_)
                | Self::PutCircle(_)
                | Self::EraseAccount(_)
                | Self::MarkApplied(..)
                | Self::RaiseAnnotation { .. }
                | Self::ExpectAnnotations(_)
                | Self::ExpectActive(_)
                | Self::AddTag(..)
                | Self::RemoveTag(..)
                | Self::AddNote(..)
                | Self::RemoveNote(_) => rest.push(write),
            }
        }
        for persons in persons.chunks(ROWS) {
            put_persons(on, persons, &counts).await?;
        }
        for pairs in pairs.chunks(ROWS) {
            put_interactions(on, pairs, &counts).await?;
        }
        for bands in bands.chunks(ROWS) {
            put_bands(on, bands).await?;
        }
        for write in rest {
            apply_single(write, on, &counts).await?;
        }
        Ok(())
    }
}

/// Every write, by itself: one that is not gathered above is never lost.
async fn apply_single(
    write: &Write,
    on: &mut SqliteConnection,
    counts: &Counts,
) -> Result<(), WriteError> {
    match write {
        Write::PutPerson(person) => put_persons(on, &[person], counts).await,
        Write::PutInteractions(pair) => put_interactions(on, &[pair], counts).await,
        Write::PutBand(band) => put_bands(on, &[band]).await,
        Write::ExpectEvidence {
            owner,
            since,
            persons,
        } => expect_evidence(on, *owner, *since, persons).await,
        Write::PutAccount(account) => put_account(on, account).await,
        Write::PutCircle(circle) => put_circle(on, circle).await,
        Write::EraseAccount(account) => erase(on, *account).await,
        Write::MarkApplied(import, account) => {
            run(on, sqlx::query("INSERT INTO applied_import (import_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(import.0).bind(account.0)).await.map(drop)
        }
        Write::RaiseAnnotation { person, owner, version } => {
            raise_annotation(on, *person, owner.0, *version).await
        }
        Write::ExpectAnnotations(expected) => expect_annotations(on, expected).await,
        Write::ExpectActive(person) => expect_active(on, *person).await,
        Write::AddTag(person, owner, tag) => {
            run(on, sqlx::query("INSERT INTO tag (person_id, tag, account_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                .bind(person.0).bind(tag).bind(owner.0)).await.map(drop)
        }
        Write::RemoveTag(person, _, tag) => {
            run(on, sqlx::query("DELETE FROM tag WHERE person_id = $1 AND tag = $2")
                .bind(person.0).bind(tag)).await.map(drop)
        }
        Write::AddNote(person, owner, note) => add_note(on, *person, owner.0, note).await,
        Write::RemoveNote(note) => {
            run(on, sqlx::query("DELETE FROM note WHERE note_id = $1").bind(note.0)).await.map(drop)
        }
    }
}

async fn run(
    on: &mut SqliteConnection,
    query: sqlx::query::Query<'_, Sqlite, sqlx::sqlite::SqliteArguments>,
) -> Result<u64, WriteError> {
    Ok(query.execute(on).await?.rows_affected())
}

async fn put_persons(
    on: &mut SqliteConnection,
    persons: &[&Person],
    counts: &Counts,
) -> Result<(), WriteError> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO person (person_id, account_id, version, state, merged_into, display_name, \
         employments, keys, connections, aliases, changed) ",
    );
    query.push_values(persons, |mut row, person| {
        let (state, into) = state_to_number(person.state);
        row.push_bind(person.id.0)
            .push_bind(person.owner.0)
            .push_bind(person.version)
            .push_bind(state)
            .push_bind(into.map(|into| into.0))
            .push_bind(&person.display_name)
            .push_bind(stored::write(&StoredEmployments::of(&person.employments)))
            .push_bind(stored::write(&StoredKeys(person.keys.clone())))
            .push_bind(stored::write(&StoredConnections::of(&person.connections)))
            .push_bind(stored::write(&StoredAliases(person.aliases.clone())))
            .push_bind(counts.of(person.owner));
    });
    query.push(
        " ON CONFLICT (person_id) DO UPDATE SET account_id = excluded.account_id, \
         version = excluded.version, state = excluded.state, merged_into = excluded.merged_into, \
         display_name = excluded.display_name, employments = excluded.employments, \
         keys = excluded.keys, connections = excluded.connections, aliases = excluded.aliases, \
         changed = excluded.changed \
         WHERE excluded.version > person.version",
    );
    query.build().execute(on).await?;
    Ok(())
}

async fn put_interactions(
    on: &mut SqliteConnection,
    pairs: &[&Interactions],
    counts: &Counts,
) -> Result<(), WriteError> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO interactions (account_id, person_id, other_id, version, buckets, changed) ",
    );
    query.push_values(pairs, |mut row, pair| {
        row.push_bind(pair.owner.0)
            .push_bind(pair.person.0)
            .push_bind(pair.other.map_or(Uuid::nil(), |other| other.0))
            .push_bind(pair.version)
            .push_bind(stored::write(&StoredBuckets::of(&pair.buckets)))
            .push_bind(counts.of(pair.owner));
    });
    query.push(
        " ON CONFLICT (account_id, person_id, other_id) DO UPDATE SET version = excluded.version, \
         buckets = excluded.buckets, changed = excluded.changed \
         WHERE excluded.version > interactions.version",
    );
    query.build().execute(on).await?;
    Ok(())
}

async fn put_bands(on: &mut SqliteConnection, bands: &[&PublishedBand]) -> Result<(), WriteError> {
    let mut query =
        QueryBuilder::<Sqlite>::new("INSERT INTO band (person_id, account_id, version, band) ");
    query.push_values(bands, |mut row, band| {
        row.push_bind(band.person.0)
            .push_bind(band.owner.0)
            .push_bind(band.version)
            .push_bind(band_to_number(band.band));
    });
    query.push(
        " ON CONFLICT (person_id) DO UPDATE SET version = excluded.version, band = excluded.band \
         WHERE excluded.version = band.version + 1",
    );
    let written = query.build().execute(on).await?.rows_affected();
    if written == bands.len() as u64 {
        Ok(())
    } else {
        Err(WriteError::Conflict(
            "a band was published in the meantime".to_owned(),
        ))
    }
}

async fn put_account(on: &mut SqliteConnection, account: &Account) -> Result<(), WriteError> {
    run(
        on,
        sqlx::query(
            "UPDATE account SET version = $2, display_name = $3, verified = $4, \
             account_at = changes WHERE account_id = $1 AND version < $2 AND erased = 0",
        )
        .bind(account.id.0)
        .bind(account.version)
        .bind(&account.display_name)
        .bind(stored::write(&StoredVerified(account.verified.clone()))),
    )
    .await
    .map(drop)
}

async fn put_circle(on: &mut SqliteConnection, circle: &OpenCircle) -> Result<(), WriteError> {
    let written = run(
        on,
        sqlx::query(
            "INSERT INTO circle (circle_id, version, name, members) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (circle_id) DO UPDATE SET version = excluded.version, \
             name = excluded.name, members = excluded.members \
             WHERE excluded.version > circle.version",
        )
        .bind(circle.circle_id.0)
        .bind(circle.version)
        .bind(&circle.name)
        .bind(stored::write(&StoredMembers(circle.members.clone()))),
    )
    .await?;
    if written == 0 {
        return Ok(());
    }
    run(
        on,
        sqlx::query("DELETE FROM circle_member WHERE circle_id = $1").bind(circle.circle_id.0),
    )
    .await?;
    for members in circle.members.chunks(ROWS) {
        let mut query =
            QueryBuilder::<Sqlite>::new("INSERT INTO circle_member (account_id, circle_id) ");
        query.push_values(members, |mut row, member| {
            row.push_bind(member.account_id.0)
                .push_bind(circle.circle_id.0);
        });
        query.push(" ON CONFLICT DO NOTHING");
        query.build().execute(&mut *on).await?;
    }
    Ok(())
}

async fn raise_annotation(
    on: &mut SqliteConnection,
    person: PersonId,
    owner: Uuid,
    version: i64,
) -> Result<(), WriteError> {
    let written = run(
        on,
        sqlx::query(
            "INSERT INTO annotation (person_id, account_id, version) VALUES ($1, $2, $3) \
             ON CONFLICT (person_id) DO UPDATE SET version = excluded.version \
             WHERE excluded.version = annotation.version + 1",
        )
        .bind(person.0)
        .bind(owner)
        .bind(version),
    )
    .await?;
    WriteError::unless_one(
        written,
        "what is written on the person was changed in the meantime",
    )
}

async fn expect_annotations(
    on: &mut SqliteConnection,
    expected: &[(PersonId, i64)],
) -> Result<(), WriteError> {
    for expected in expected.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT person_id, version FROM annotation WHERE person_id IN (",
        );
        let mut list = query.separated(", ");
        for (person, _) in expected {
            list.push_bind(person.0);
        }
        query.push(")");
        let rows: Vec<(Uuid, i64)> = query.build_query_as().fetch_all(&mut *on).await?;
        let versions: HashMap<Uuid, i64> = rows.into_iter().collect();
        let as_expected = expected
            .iter()
            .all(|(person, version)| versions.get(&person.0).copied().unwrap_or(0) == *version);
        WriteError::unless_one(
            u64::from(as_expected),
            "what is written on a person was changed in the meantime",
        )?;
    }
    Ok(())
}

/// Takes the row, so that nobody merges the person before this is committed.
async fn expect_active(on: &mut SqliteConnection, person: PersonId) -> Result<(), WriteError> {
    let text = "UPDATE person SET state = state WHERE person_id = $1 AND state = $2";
    let rows = run(on, sqlx::query(text).bind(person.0).bind(ACTIVE)).await?;
    WriteError::unless_one(rows, "the person was merged in the meantime")
}

async fn add_note(
    on: &mut SqliteConnection,
    person: PersonId,
    owner: Uuid,
    note: &Note,
) -> Result<(), WriteError> {
    run(
        on,
        sqlx::query(
            "INSERT INTO note (note_id, person_id, account_id, text, created_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(note.id.0)
        .bind(person.0)
        .bind(owner)
        .bind(&note.text)
        .bind(note.created_at.as_microsecond()),
    )
    .await
    .map(drop)
}
