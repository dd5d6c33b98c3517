//! Events as a consumer takes them that may be older than their publisher: what it does not know is
//! kept and passed on as it is, and where it must decide, it decides on the safe side.
//!
//! The published types of [`crate::events`] are what this version publishes; these are for reading.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
pub use skeleton_envelope::Open;

use crate::{
    events::{
        ingest::{
            Connection, Employment, ImportStatus, InteractionBucket, InteractionsChanged,
            PersonState,
        },
        network::Band,
        users::{CircleChanged, CircleMember},
    },
    ids::{AccountId, CircleId, ImportId, PersonId},
    keys::KeyHash,
    sharing::{Sharing, SharingException},
};

/// A [`CircleChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCircle {
    /// The circle.
    pub circle_id: CircleId,
    /// Rises with every change.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Who takes part now.
    pub members: Vec<OpenMember>,
}

/// A [`CircleMember`], as it is told and as consumers store it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMember {
    /// The member.
    pub account_id: AccountId,
    /// How the member calls itself.
    pub display_name: String,
    /// When the invitation was accepted.
    pub since: Timestamp,
    sharing: Open<Sharing>,
    #[serde(default)]
    exceptions: Vec<OpenException>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// A [`SharingException`], as it is told and as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenException {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    sharing: Open<Sharing>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl OpenMember {
    /// The member with what this version may show of it. Consent is never guessed: a level that it
    /// does not know hides, so does an exception that says more than it knows, and a member with an
    /// exception of which it does not even know whom it is about shows nothing at all.
    #[must_use]
    pub fn member(&self) -> CircleMember {
        let exceptions = self.exceptions.iter().map(OpenException::exception);
        CircleMember {
            account_id: self.account_id,
            display_name: self.display_name.clone(),
            since: self.since,
            sharing: shown(&self.sharing, &self.exceptions),
            exceptions: exceptions.collect(),
        }
    }
}

/// The level of a member with these exceptions; see [`OpenMember::member`].
#[must_use]
pub fn shown(level: &Open<Sharing>, exceptions: &[OpenException]) -> Sharing {
    let is_about_nobody = |one: &OpenException| one.person_id.is_none() && one.tag.is_none();
    match level {
        Open::Known(level) if !exceptions.iter().any(is_about_nobody) => *level,
        _ => Sharing::Hidden,
    }
}

impl OpenException {
    /// What this version may show by it; see [`OpenMember::member`].
    #[must_use]
    pub fn exception(&self) -> SharingException {
        SharingException {
            person_id: self.person_id,
            tag: self.tag.clone(),
            sharing: match self.sharing {
                Open::Known(sharing) if self.other.is_empty() => sharing,
                _ => Sharing::Hidden,
            },
        }
    }
}

impl From<SharingException> for OpenException {
    fn from(exception: SharingException) -> Self {
        Self {
            person_id: exception.person_id,
            tag: exception.tag,
            sharing: Open::Known(exception.sharing),
            other: Map::new(),
        }
    }
}

impl From<CircleMember> for OpenMember {
    fn from(member: CircleMember) -> Self {
        let exceptions = member.exceptions.into_iter().map(OpenException::from);
        Self {
            account_id: member.account_id,
            display_name: member.display_name,
            since: member.since,
            sharing: Open::Known(member.sharing),
            exceptions: exceptions.collect(),
            other: Map::new(),
        }
    }
}

impl From<CircleChanged> for OpenCircle {
    fn from(circle: CircleChanged) -> Self {
        Self {
            circle_id: circle.circle_id,
            version: circle.version,
            name: circle.name,
            members: circle.members.into_iter().map(OpenMember::from).collect(),
        }
    }
}

/// An [`InteractionsChanged`]. A bucket of a kind or size that this version does not know is evidence
/// of nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenInteractions {
    account_id: AccountId,
    person_id: PersonId,
    other_id: Option<PersonId>,
    version: i64,
    buckets: Vec<Open<InteractionBucket>>,
}

impl From<OpenInteractions> for InteractionsChanged {
    fn from(open: OpenInteractions) -> Self {
        Self {
            account_id: open.account_id,
            person_id: open.person_id,
            other_id: open.other_id,
            version: open.version,
            buckets: open.buckets.into_iter().filter_map(Open::known).collect(),
        }
    }
}

/// A [`crate::events::ingest::PersonChanged`]. Who is in a state that this version does not know is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenPerson {
    /// See [`crate::events::ingest::PersonChanged::person_id`].
    pub person_id: PersonId,
    /// See [`crate::events::ingest::PersonChanged::account_id`].
    pub account_id: AccountId,
    /// See [`crate::events::ingest::PersonChanged::version`].
    pub version: i64,
    /// See [`crate::events::ingest::PersonChanged::state`].
    pub state: Open<PersonState>,
    /// See [`crate::events::ingest::PersonChanged::display_name`].
    pub display_name: String,
    /// See [`crate::events::ingest::PersonChanged::other_names`].
    #[serde(default)]
    pub other_names: Vec<String>,
    /// See [`crate::events::ingest::PersonChanged::emails`].
    #[serde(default)]
    pub emails: Vec<String>,
    /// See [`crate::events::ingest::PersonChanged::phones`].
    #[serde(default)]
    pub phones: Vec<String>,
    /// See [`crate::events::ingest::PersonChanged::employments`].
    #[serde(default)]
    pub employments: Vec<Employment>,
    /// See [`crate::events::ingest::PersonChanged::labels`].
    #[serde(default)]
    pub labels: Vec<String>,
    /// See [`crate::events::ingest::PersonChanged::keys`].
    #[serde(default)]
    pub keys: Vec<KeyHash>,
    /// See [`crate::events::ingest::PersonChanged::connections`].
    #[serde(default)]
    pub connections: Vec<Connection>,
    /// See [`crate::events::ingest::PersonChanged::aliases`].
    #[serde(default)]
    pub aliases: Vec<PersonId>,
}

/// A [`crate::events::network::TieChanged`]. A band that this version does not know counts as the weakest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenTie {
    /// See [`crate::events::network::TieChanged::account_id`].
    pub account_id: AccountId,
    /// See [`crate::events::network::TieChanged::person_id`].
    pub person_id: PersonId,
    /// See [`crate::events::network::TieChanged::version`].
    pub version: i64,
    /// See [`crate::events::network::TieChanged::band`].
    pub band: Open<Band>,
}

/// What search and network need of an [`crate::events::ingest::ImportChanged`]. In a status that this version does not know
/// there is nothing to be counted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenImport {
    /// See [`crate::events::ingest::ImportChanged::import_id`].
    pub import_id: ImportId,
    /// See [`crate::events::ingest::ImportChanged::account_id`].
    pub account_id: AccountId,
    /// See [`crate::events::ingest::ImportChanged::status`].
    pub status: Open<ImportStatus>,
    /// See [`crate::events::ingest::ImportChanged::published`].
    #[serde(default)]
    pub published: BTreeMap<String, u64>,
}

impl OpenImport {
    /// Whether its events are being applied.
    #[must_use]
    pub fn is_applying(&self) -> bool {
        self.status == Open::Known(ImportStatus::Applying)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(sharing: &str, exceptions: &str) -> OpenMember {
        let text = format!(
            r#"{{"account_id":"01890a5d-ac96-774b-bcce-b302099a8001","display_name":"Ada",
            "since":"2026-05-01T12:00:00Z","sharing":{sharing},"exceptions":{exceptions},"later":1}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_a_later_version_says_is_kept_and_shows_nothing() {
        let levels = |member: &OpenMember| {
            let member = member.member();
            let exceptions = member.exceptions.iter().map(|one| one.sharing);
            (member.sharing, exceptions.collect::<Vec<_>>())
        };
        let later = member(r#""everything""#, r#"[{"tag":"a","sharing":"all"}]"#);
        assert_eq!(levels(&later), (Sharing::Hidden, vec![Sharing::Hidden]));
        let until = member(
            r#""name""#,
            r#"[{"tag":"a","sharing":"name","until":"2030"}]"#,
        );
        assert_eq!(levels(&until), (Sharing::Name, vec![Sharing::Hidden]));
        let of_work = member(r#""name""#, r#"[{"organisation":"a","sharing":"hidden"}]"#);
        assert_eq!(levels(&of_work), (Sharing::Hidden, vec![Sharing::Hidden]));
        for member in [later, until, of_work] {
            let text = serde_json::to_string(&member).unwrap();
            assert!(text.contains(r#""later":1"#), "{text}");
            assert_eq!(serde_json::from_str::<OpenMember>(&text).unwrap(), member);
        }
    }

    #[test]
    fn what_is_known_is_written_as_it_is_published() {
        let published = member(r#""name""#, r#"[{"tag":"a","sharing":"hidden"}]"#).member();
        let open = OpenMember::from(published.clone());
        let text = serde_json::to_string(&published).unwrap();
        assert_eq!(serde_json::to_string(&open).unwrap(), text);
        assert_eq!(open.member(), published);
    }
}
