//! Rows as records. One that cannot be read is an error that names it, never a default.

use std::fmt::Display;

use kith_shared::ids::{AccountId, CircleId, PersonId};
use sqlx::{Row, Sqlite, sqlite::SqliteRow};
use uuid::Uuid;

use skeleton_durable::{
    commit::CommitError,
    sql::classify,
    stored::{self, Stored},
};

use super::stored::{
    StoredAliases, StoredBuckets, StoredConnections, StoredEmployments, StoredKeys, StoredMembers,
    StoredVerified, band_from_number, state_from_number,
};
use crate::{
    domain::records::{Account, Circle, Interactions, Person},
    ports::{PublishedBand, Standing},
};

pub(super) const PERSON: &str = "person_id, account_id, version, state, merged_into, display_name, \
                                 employments, keys, connections, aliases";
pub(super) const INTERACTIONS: &str = "account_id, person_id, other_id, version, buckets";
pub(super) const BAND: &str = "account_id, person_id, version, band";

/// JSON in a column of the row called `name`.
fn json<T: Stored>(row: &SqliteRow, column: usize, name: impl Display) -> Result<T, CommitError> {
    Ok(stored::read(get(row, column)?, name)?)
}

fn get<'r, T>(row: &'r SqliteRow, column: usize) -> Result<T, CommitError>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(column).map_err(classify)
}

pub(super) fn account(row: &SqliteRow) -> Result<Account, CommitError> {
    let id = AccountId(get(row, 0)?);
    Ok(Account {
        id,
        version: get(row, 1)?,
        display_name: get(row, 2)?,
        verified: json::<StoredVerified>(row, 3, id)?.0,
    })
}

pub(super) fn standing(row: &SqliteRow) -> Result<(AccountId, Standing), CommitError> {
    let standing = Standing {
        erased: get::<i64>(row, 1)? != 0,
        changes: get(row, 2)?,
        account_at: get(row, 3)?,
        tags_at: get(row, 4)?,
    };
    Ok((AccountId(get(row, 0)?), standing))
}

pub(super) fn circle(row: &SqliteRow) -> Result<Circle, CommitError> {
    let id = CircleId(get(row, 0)?);
    Ok(Circle {
        id,
        version: get(row, 1)?,
        name: get(row, 2)?,
        members: json::<StoredMembers>(row, 3, id)?.members(),
    })
}

pub(super) fn person(row: &SqliteRow) -> Result<Person, CommitError> {
    let into: Option<Uuid> = get(row, 4)?;
    let id = PersonId(get(row, 0)?);
    let state = state_from_number(get(row, 3)?, into.map(PersonId), id)?;
    Ok(Person {
        id,
        owner: AccountId(get(row, 1)?),
        version: get(row, 2)?,
        state,
        display_name: get(row, 5)?,
        employments: json::<StoredEmployments>(row, 6, id)?.employments(),
        keys: json::<StoredKeys>(row, 7, id)?.0,
        connections: json::<StoredConnections>(row, 8, id)?.connections(),
        aliases: json::<StoredAliases>(row, 9, id)?.0,
    })
}

pub(super) fn interactions(row: &SqliteRow) -> Result<Interactions, CommitError> {
    let (owner, person, other): (Uuid, Uuid, Uuid) = (get(row, 0)?, get(row, 1)?, get(row, 2)?);
    let name = format!("{owner}/{person}/{other}");
    Ok(Interactions {
        owner: AccountId(owner),
        person: PersonId(person),
        other: (!other.is_nil()).then_some(PersonId(other)),
        version: get(row, 3)?,
        buckets: json::<StoredBuckets>(row, 4, &name)?.buckets(&name)?,
    })
}

pub(super) fn band(row: &SqliteRow) -> Result<PublishedBand, CommitError> {
    let person: Uuid = get(row, 1)?;
    Ok(PublishedBand {
        owner: AccountId(get(row, 0)?),
        person: PersonId(person),
        version: get(row, 2)?,
        band: band_from_number(get(row, 3)?, person)?,
    })
}
