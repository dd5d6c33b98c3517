//! Rows as records. One that cannot be read is an error that names it, never a default.

use std::fmt::Display;

use kith_shared::ids::{AccountId, CircleId, PersonId};
use serde::de::DeserializeOwned;
use skeleton_durable::{
    commit::CommitError,
    neo4j::{Row, column},
    stored::{self, Stored, Unreadable},
};

use crate::{
    adapters::store::{
        stored::{
            StoredAliases, StoredBuckets, StoredConnections, StoredEmployments, StoredKeys,
            StoredMembers, StoredVerified,
        },
        stored::{band_from_number, state_from_number},
    },
    domain::records::{Account, Circle, Interactions, Person},
    ports::{Pair, PublishedBand, Standing},
};

/// What [`person`] reads of a node `p`.
pub(super) const PERSON: &str = "p.id AS id, p.account AS account, p.version AS version, \
    p.state AS state, p.display_name AS display_name, p.employments AS employments, \
    p.keys AS keys, p.connections AS connections, coalesce(p.aliases, '[]') AS aliases, \
    CASE p.state WHEN 2 THEN [(p)-[:MERGED_INTO]->(q) | q.id][0] END AS merged_into";

/// What [`interactions`] reads of a relationship `i`.
pub(super) const INTERACTIONS: &str =
    "i.account AS account, i.pair AS pair, i.version AS version, i.buckets AS buckets";

pub(super) fn get<T: DeserializeOwned>(row: &Row, name: &str) -> Result<T, CommitError> {
    column(row, name)
}

/// JSON in a property of the node called `name`.
fn json<T: Stored>(row: &Row, name: impl Display) -> Result<T, CommitError> {
    Ok(stored::read(&get::<String>(row, T::COLUMN)?, name)?)
}

pub(super) fn account(row: &Row) -> Result<Account, CommitError> {
    let id: AccountId = get(row, "id")?;
    Ok(Account {
        id,
        version: get(row, "version")?,
        display_name: get(row, "display_name")?,
        verified: json::<StoredVerified>(row, id)?.0,
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
    let id: CircleId = get(row, "id")?;
    Ok(Circle {
        id,
        version: get(row, "version")?,
        name: get(row, "name")?,
        members: json::<StoredMembers>(row, id)?.members(),
    })
}

pub(super) fn person(row: &Row) -> Result<Person, CommitError> {
    let id: PersonId = get(row, "id")?;
    Ok(Person {
        id,
        owner: get(row, "account")?,
        version: get(row, "version")?,
        state: state_from_number(get(row, "state")?, get(row, "merged_into")?, id)?,
        display_name: get(row, "display_name")?,
        employments: json::<StoredEmployments>(row, id)?.employments(),
        keys: json::<StoredKeys>(row, id)?.0,
        connections: json::<StoredConnections>(row, id)?.connections(),
        aliases: json::<StoredAliases>(row, id)?.0,
    })
}

pub(super) fn interactions(row: &Row) -> Result<Interactions, CommitError> {
    let (person, other) = pair(row)?;
    let name: String = get(row, "pair")?;
    Ok(Interactions {
        owner: get(row, "account")?,
        person,
        other,
        version: get(row, "version")?,
        buckets: json::<StoredBuckets>(row, &name)?.buckets(&name)?,
    })
}

pub(super) fn band(row: &Row) -> Result<PublishedBand, CommitError> {
    band_of(row, get(row, "version")?)
}

/// The band of a person, at `version`.
pub(super) fn band_of(row: &Row, version: i64) -> Result<PublishedBand, CommitError> {
    let person: PersonId = get(row, "id")?;
    Ok(PublishedBand {
        owner: get(row, "account")?,
        person,
        version,
        band: band_from_number(get(row, "band")?, person)?,
    })
}

/// See [`super::pair_name`].
pub(super) fn pair(row: &Row) -> Result<Pair, CommitError> {
    let name: String = get(row, "pair")?;
    let bad = || Unreadable::new("interactions", &name, "pair: expected two ids of persons");
    let id = |text: &str| text.parse().map(PersonId).map_err(|_| bad());
    let (person, other) = name.split_once('/').ok_or_else(bad)?;
    let other = (!other.is_empty()).then(|| id(other)).transpose()?;
    Ok((id(person)?, other))
}
