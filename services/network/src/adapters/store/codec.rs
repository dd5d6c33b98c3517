//! How values stand in columns: JSON that is short where there are many rows.

use jiff::{Timestamp, civil::Date};
use kith_shared::{
    events::{
        ingest::{GroupSize, InteractionBucket, InteractionKind, PersonState},
        network::Band,
    },
    ids::PersonId,
};
use serde::{Serialize, de::DeserializeOwned};
use skeleton_durable::commit::CommitError;

/// A bucket as an array: there are millions of them.
type ShortBucket = (String, u8, Date, u32, u32, u8, i64);

pub(super) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data with string keys serialises")
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, CommitError> {
    serde_json::from_str(text).map_err(|error| unreadable(&error.to_string()))
}

pub(super) fn unreadable(what: &str) -> CommitError {
    CommitError::Internal(anyhow::anyhow!("a row is kept unreadably: {what}"))
}

pub(super) fn buckets_to_text(buckets: &[InteractionBucket]) -> String {
    let short: Vec<ShortBucket> = buckets
        .iter()
        .map(|bucket| {
            (
                bucket.source.clone(),
                match bucket.kind {
                    InteractionKind::Mail => 0,
                    InteractionKind::Message => 1,
                },
                bucket.month,
                bucket.sent,
                bucket.received,
                match bucket.group_size {
                    GroupSize::Pair => 0,
                    GroupSize::Small => 1,
                    GroupSize::Medium => 2,
                    GroupSize::Large => 3,
                },
                bucket.last_at.as_microsecond(),
            )
        })
        .collect();
    to_json(&short)
}

pub(super) fn buckets_from_text(text: &str) -> Result<Vec<InteractionBucket>, CommitError> {
    let short: Vec<ShortBucket> = from_json(text)?;
    short
        .into_iter()
        .map(|(source, kind, month, sent, received, group, last_at)| {
            Ok(InteractionBucket {
                source,
                kind: match kind {
                    0 => InteractionKind::Mail,
                    1 => InteractionKind::Message,
                    _ => return Err(unreadable("kind of interaction")),
                },
                month,
                sent,
                received,
                group_size: match group {
                    0 => GroupSize::Pair,
                    1 => GroupSize::Small,
                    2 => GroupSize::Medium,
                    3 => GroupSize::Large,
                    _ => return Err(unreadable("size of group")),
                },
                last_at: time(last_at)?,
            })
        })
        .collect()
}

pub(super) fn time(micros: i64) -> Result<Timestamp, CommitError> {
    Timestamp::from_microsecond(micros).map_err(|error| unreadable(&error.to_string()))
}

pub(super) fn band_to_number(band: Band) -> i64 {
    match band {
        Band::Weak => 0,
        Band::Fair => 1,
        Band::Good => 2,
        Band::Strong => 3,
    }
}

pub(super) fn band_from_number(number: i64) -> Result<Band, CommitError> {
    Ok(match number {
        0 => Band::Weak,
        1 => Band::Fair,
        2 => Band::Good,
        3 => Band::Strong,
        _ => return Err(unreadable("band")),
    })
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
) -> Result<PersonState, CommitError> {
    match (number, into) {
        (ACTIVE, _) => Ok(PersonState::Active),
        (MERGED, Some(into)) => Ok(PersonState::Merged { into }),
        (REMOVED, _) => Ok(PersonState::Removed),
        _ => Err(unreadable("state of a person")),
    }
}
