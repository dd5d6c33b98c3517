//! How enums and times stand in columns.

use std::fmt::Display;

use jiff::Timestamp;
use kith_shared::{
    events::{ingest::PersonState, network::Band},
    ids::PersonId,
};
use skeleton_durable::{
    commit::CommitError,
    stored::{Unreadable, known, moment},
};

/// A column of a table that holds microseconds since 1970.
pub(super) fn time(
    micros: i64,
    column: (&str, &str),
    row: impl Display,
) -> Result<Timestamp, CommitError> {
    Ok(moment(micros, column, row)?)
}

pub(super) fn band_to_number(band: Band) -> i64 {
    match band {
        Band::Weak => 0,
        Band::Fair => 1,
        Band::Good => 2,
        Band::Strong => 3,
    }
}

/// The band of a person.
pub(super) fn band_from_number(number: i64, person: impl Display) -> Result<Band, CommitError> {
    let band = match number {
        0 => Some(Band::Weak),
        1 => Some(Band::Fair),
        2 => Some(Band::Good),
        3 => Some(Band::Strong),
        _ => None,
    };
    Ok(known(band, ("band", "band"), person, "0 to 3", number)?)
}

pub(super) const ACTIVE: i64 = 1;
const MERGED: i64 = 2;
const REMOVED: i64 = 3;

/// The state and whom the person was merged into.
pub(super) fn state_to_number(state: PersonState) -> (i64, Option<PersonId>) {
    match state {
        PersonState::Active => (ACTIVE, None),
        PersonState::Merged { into } => (MERGED, Some(into)),
        PersonState::Removed => (REMOVED, None),
    }
}

pub(super) fn state_from_number(
    number: i64,
    into: Option<PersonId>,
    person: impl Display,
) -> Result<PersonState, CommitError> {
    match (number, into) {
        (ACTIVE, _) => Ok(PersonState::Active),
        (MERGED, Some(into)) => Ok(PersonState::Merged { into }),
        (REMOVED, _) => Ok(PersonState::Removed),
        _ => {
            let expected = "state: expected 1, 2 with the person merged into, or 3";
            let what = format!("{expected}, found {number}");
            Err(Unreadable::new("person", person, what).into())
        }
    }
}
