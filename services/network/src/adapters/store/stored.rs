//! How enums and times stand in columns, and the JSON that stands in them and in properties of
//! nodes, the same text in both. The version
//! before reads what this one writes, and this one everything in `tests/golden`.
//!
//! All of it is replaced as a whole by each newer version of its subject, never read and changed.

use std::fmt::Display;

use jiff::civil::Date;
use kith_shared::{
    events::{
        ingest::{
            Connection, Employment, GroupSize, InteractionBucket, InteractionKind, ListClass,
            PersonState,
        },
        network::Band,
        users::CircleMember,
    },
    ids::PersonId,
    keys::KeyHash,
    open::{Open, OpenMember},
};
use serde::{Deserialize, Serialize};
use skeleton_durable::{
    commit::CommitError,
    stored::{Stored, Unreadable, known, moment},
};

/// The keys that an account has proven.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredVerified(pub(super) Vec<KeyHash>);

impl Stored for StoredVerified {
    const TABLE: &'static str = "account";
    const COLUMN: &'static str = "verified";
}

/// Who is in a circle and what they show, with what this version does not know of it.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredMembers(pub(super) Vec<OpenMember>);

impl Stored for StoredMembers {
    const TABLE: &'static str = "circle";
    const COLUMN: &'static str = "members";
}

impl StoredMembers {
    /// What this version may show of them.
    pub(super) fn members(self) -> Vec<CircleMember> {
        self.0.iter().map(OpenMember::member).collect()
    }
}

/// Where a person works or worked.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredEmployments(Vec<StoredEmployment>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StoredEmployment {
    organisation: String,
    #[serde(default)]
    title: Option<String>,
    current: bool,
}

impl Stored for StoredEmployments {
    const TABLE: &'static str = "person";
    const COLUMN: &'static str = "employments";
}

impl StoredEmployments {
    pub(super) fn of(employments: &[Employment]) -> Self {
        let stored = employments.iter().map(|job| StoredEmployment {
            organisation: job.organisation.clone(),
            title: job.title.clone(),
            current: job.current,
        });
        Self(stored.collect())
    }

    pub(super) fn employments(self) -> Vec<Employment> {
        let employments = self.0.into_iter().map(|stored| Employment {
            organisation: stored.organisation,
            title: stored.title,
            current: stored.current,
        });
        employments.collect()
    }
}

/// The strong keys of a person.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredKeys(pub(super) Vec<KeyHash>);

impl Stored for StoredKeys {
    const TABLE: &'static str = "person";
    const COLUMN: &'static str = "keys";
}

/// The ids that were merged into a person.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredAliases(pub(super) Vec<PersonId>);

impl Stored for StoredAliases {
    const TABLE: &'static str = "person";
    const COLUMN: &'static str = "aliases";
}

/// The lists that a person stands in.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredConnections(Vec<StoredConnection>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StoredConnection {
    /// Any source; what it weighs follows from its class.
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<Open<ListClass>>,
    #[serde(default)]
    since: Option<Date>,
}

impl Stored for StoredConnections {
    const TABLE: &'static str = "person";
    const COLUMN: &'static str = "connections";
}

impl StoredConnections {
    pub(super) fn of(connections: &[Connection]) -> Self {
        let stored = connections.iter().map(|connection| StoredConnection {
            source: connection.source.clone(),
            class: connection.class.clone(),
            since: connection.since,
        });
        Self(stored.collect())
    }

    pub(super) fn connections(self) -> Vec<Connection> {
        let connections = self.0.into_iter().map(|stored| Connection {
            source: stored.source,
            class: stored.class,
            since: stored.since,
        });
        connections.collect()
    }
}

/// What happened between a pair. A bucket is an array, since there are millions of them: source,
/// kind, month, sent, received, size of the group, last at (microseconds since 1970).
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredBuckets(Vec<ShortBucket>);

type ShortBucket = (String, u8, Date, u32, u32, u8, i64);

impl Stored for StoredBuckets {
    const TABLE: &'static str = "interactions";
    const COLUMN: &'static str = "buckets";
}

impl StoredBuckets {
    pub(super) fn of(buckets: &[InteractionBucket]) -> Self {
        let stored = buckets.iter().map(|bucket| {
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
        });
        Self(stored.collect())
    }

    /// Of the row called `row`. A kind or size that only a later version knows is evidence of
    /// nothing here.
    pub(super) fn buckets(self, row: &str) -> Result<Vec<InteractionBucket>, Unreadable> {
        let mut buckets = Vec::with_capacity(self.0.len());
        for (source, kind, month, sent, received, size, last_at) in self.0 {
            let Some((kind, group_size)) = kind_of(kind).zip(size_of(size)) else {
                continue;
            };
            buckets.push(InteractionBucket {
                source,
                kind,
                month,
                sent,
                received,
                group_size,
                last_at: moment(last_at, (Self::TABLE, Self::COLUMN), row)?,
            });
        }
        Ok(buckets)
    }
}

fn kind_of(number: u8) -> Option<InteractionKind> {
    match number {
        0 => Some(InteractionKind::Mail),
        1 => Some(InteractionKind::Message),
        _ => None,
    }
}

fn size_of(number: u8) -> Option<GroupSize> {
    match number {
        0 => Some(GroupSize::Pair),
        1 => Some(GroupSize::Small),
        2 => Some(GroupSize::Medium),
        3 => Some(GroupSize::Large),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use kith_shared::sharing::Sharing;
    use skeleton_durable::stored::{golden::Golden, read, write};

    use super::*;

    const MEMBER: &str = r#"[{"account_id":"01890a5d-ac96-774b-bcce-b302099a8001",
        "display_name":"Ada","since":"2026-05-01T12:00:00Z","sharing":"organisation",
        "exceptions":[{"person_id":"01890a5d-ac96-774b-bcce-b302099a8002","sharing":"hidden"}]}]"#;

    #[test]
    fn every_stored_form_is_read_for_ever() {
        let key: KeyHash = serde_json::from_value("0".repeat(64).into()).unwrap();
        let mut golden = Golden::of(env!("CARGO_MANIFEST_DIR"));
        golden.holds(&StoredVerified(vec![key.clone()]));
        golden.holds(&StoredKeys(vec![key]));
        let alias = "01890a5d-ac96-774b-bcce-b302099a8003".parse().unwrap();
        golden.holds(&StoredAliases(vec![PersonId(alias)]));
        golden.holds(&read::<StoredMembers>(MEMBER, 1).unwrap());
        golden.holds(&StoredEmployments::of(&[
            Employment {
                organisation: "Acme".to_owned(),
                title: Some("Engineer".to_owned()),
                current: true,
            },
            Employment {
                organisation: "Initech".to_owned(),
                title: None,
                current: false,
            },
        ]));
        golden.holds(&StoredConnections::of(&[
            Connection {
                source: "linkedin".to_owned(),
                class: Some(Open::Known(ListClass::Network)),
                since: Some("2024-03-01".parse().unwrap()),
            },
            Connection {
                source: "you".to_owned(),
                class: None,
                since: None,
            },
        ]));
        golden.holds(&StoredBuckets::of(&[InteractionBucket {
            source: "mail".to_owned(),
            kind: InteractionKind::Mail,
            month: "2026-05-01".parse().unwrap(),
            sent: 3,
            received: 2,
            group_size: GroupSize::Small,
            last_at: "2026-05-20T08:00:00Z".parse().unwrap(),
        }]));
        golden.finish();
    }

    #[test]
    fn a_level_of_a_later_version_is_kept_and_hides() {
        let text = MEMBER.replace("organisation", "everything");
        let stored: StoredMembers = read(&text, 1).unwrap();
        assert!(write(&stored).contains(r#""sharing":"everything""#));
        assert_eq!(stored.members()[0].sharing, Sharing::Hidden);
    }

    #[test]
    fn a_bucket_of_a_kind_of_a_later_version_is_evidence_of_nothing() {
        let text = r#"[["mail",0,"2026-05-01",1,1,0,0],["calls",7,"2026-05-01",1,1,0,0]]"#;
        let stored: StoredBuckets = read(text, 1).unwrap();
        assert_eq!(stored.buckets("1").unwrap().len(), 1);
        let text = r#"[["mail",0,"2026-05-01",1,1,0,9223372036854775807]]"#;
        let stored: StoredBuckets = read(text, 1).unwrap();
        let error = stored.buckets("1").unwrap_err().to_string();
        assert!(error.contains("row 1 of interactions"), "{error}");
    }
}
