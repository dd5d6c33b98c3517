//! Rows as records.

use kith_shared::ids::{AccountId, CircleId, PersonId};
use sqlx::{Database, Row};
use uuid::Uuid;

use skeleton_durable::{commit::CommitError, sql::classify};

use super::{
    codec::{buckets_from_text, from_json, state_from_number},
    dialect::Db,
};
use crate::{
    domain::records::{Account, Circle, Interactions, Person},
    ports::Standing,
};

type DbRow = <Db as Database>::Row;

pub(super) const PERSON: &str = "person_id, account_id, version, state, merged_into, display_name, \
                                 employments, keys, connections, aliases";
pub(super) const INTERACTIONS: &str = "account_id, person_id, other_id, version, buckets";

fn get<'r, T>(row: &'r DbRow, column: usize) -> Result<T, CommitError>
where
    T: sqlx::Decode<'r, Db> + sqlx::Type<Db>,
{
    row.try_get(column).map_err(classify)
}

pub(super) fn account(row: &DbRow) -> Result<Account, CommitError> {
    Ok(Account {
        id: AccountId(get(row, 0)?),
        version: get(row, 1)?,
        display_name: get(row, 2)?,
        verified: from_json(get(row, 3)?)?,
    })
}

pub(super) fn standing(row: &DbRow) -> Result<(AccountId, Standing), CommitError> {
    let standing = Standing {
        erased: get::<i64>(row, 1)? == 1,
        changes: get(row, 2)?,
        account_at: get(row, 3)?,
        tags_at: get(row, 4)?,
    };
    Ok((AccountId(get(row, 0)?), standing))
}

pub(super) fn circle(row: &DbRow) -> Result<Circle, CommitError> {
    Ok(Circle {
        id: CircleId(get(row, 0)?),
        version: get(row, 1)?,
        name: get(row, 2)?,
        members: from_json(get(row, 3)?)?,
    })
}

pub(super) fn person(row: &DbRow) -> Result<Person, CommitError> {
    let into: Option<Uuid> = get(row, 4)?;
    let state = state_from_number(get(row, 3)?, into.map(PersonId))?;
    Ok(Person {
        id: PersonId(get(row, 0)?),
        owner: AccountId(get(row, 1)?),
        version: get(row, 2)?,
        state,
        display_name: get(row, 5)?,
        employments: from_json(get(row, 6)?)?,
        keys: from_json(get(row, 7)?)?,
        connections: from_json(get(row, 8)?)?,
        aliases: from_json(get(row, 9)?)?,
    })
}

pub(super) fn interactions(row: &DbRow) -> Result<Interactions, CommitError> {
    let other: Uuid = get(row, 2)?;
    Ok(Interactions {
        owner: AccountId(get(row, 0)?),
        person: PersonId(get(row, 1)?),
        other: (!other.is_nil()).then_some(PersonId(other)),
        version: get(row, 3)?,
        buckets: buckets_from_text(get(row, 4)?)?,
    })
}
