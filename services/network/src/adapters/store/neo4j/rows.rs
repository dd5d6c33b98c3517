//! Rows as records.

use kith_shared::ids::{AccountId, PersonId};
use serde::de::DeserializeOwned;
use skeleton_durable::{
    commit::CommitError,
    neo4j::{Row, column},
};

use crate::{
    adapters::store::codec::{buckets_from_text, from_json, state_from_number, unreadable},
    domain::records::{Account, Circle, Interactions, Person},
    ports::{Pair, Standing},
};

pub(super) fn get<T: DeserializeOwned>(row: &Row, name: &str) -> Result<T, CommitError> {
    column(row, name)
}

fn json<T: DeserializeOwned>(row: &Row, name: &str) -> Result<T, CommitError> {
    from_json(&get::<String>(row, name)?)
}

pub(super) fn account(row: &Row) -> Result<Account, CommitError> {
    Ok(Account {
        id: get(row, "id")?,
        version: get(row, "version")?,
        display_name: get(row, "display_name")?,
        verified: json(row, "verified")?,
    })
}

pub(super) fn standing(row: &Row) -> Result<(AccountId, Standing), CommitError> {
    let standing = Standing {
        erased: get(row, "erased")?,
        changes: get(row, "changes")?,
        account_at: get(row, "account_at")?,
        tags_at: get(row, "tags_at")?,
    };
    Ok((get(row, "id")?, standing))
}

pub(super) fn circle(row: &Row) -> Result<Circle, CommitError> {
    Ok(Circle {
        id: get(row, "id")?,
        version: get(row, "version")?,
        name: get(row, "name")?,
        members: json(row, "members")?,
    })
}

pub(super) fn person(row: &Row) -> Result<Person, CommitError> {
    Ok(Person {
        id: get(row, "id")?,
        owner: get(row, "account")?,
        version: get(row, "version")?,
        state: state_from_number(get(row, "state")?, get(row, "merged_into")?)?,
        display_name: get(row, "display_name")?,
        employments: json(row, "employments")?,
        keys: json(row, "keys")?,
        connections: json(row, "connections")?,
        aliases: json(row, "aliases")?,
    })
}

pub(super) fn interactions(row: &Row) -> Result<Interactions, CommitError> {
    let (person, other) = pair(row)?;
    Ok(Interactions {
        owner: get(row, "account")?,
        person,
        other,
        version: get(row, "version")?,
        buckets: buckets_from_text(&get::<String>(row, "buckets")?)?,
    })
}

/// See [`super::pair_name`].
pub(super) fn pair(row: &Row) -> Result<Pair, CommitError> {
    let name: String = get(row, "pair")?;
    let bad = || unreadable("name of a pair");
    let id = |text: &str| text.parse().map(PersonId).map_err(|_| bad());
    let (person, other) = name.split_once('/').ok_or_else(bad)?;
    let other = (!other.is_empty()).then(|| id(other)).transpose()?;
    Ok((id(person)?, other))
}
