//! Published by the service `network`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skeleton_envelope::Event;
use uuid::Uuid;

use crate::ids::{AccountId, ImportId, PersonId};

/// The owner's tie to a person of the book crossed the border of a band.
///
/// A person of whom nothing was ever published is in [`Band::Weak`], so address books and
/// connection lists alone cause no events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TieChanged {
    /// Whose book.
    pub account_id: AccountId,
    /// The person the owner is tied to.
    pub person_id: PersonId,
    /// Rises with every change.
    pub version: i64,
    /// The band it is in now.
    pub band: Band,
}

/// Strength in four steps, as people speak of it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Below 0.25: they know of each other.
    Weak,
    /// From 0.25.
    Fair,
    /// From 0.5.
    Good,
    /// From 0.75.
    Strong,
}

impl Band {
    /// The band of a strength in 0..=1.
    #[must_use]
    pub fn of(strength: f64) -> Self {
        match strength {
            s if s >= 0.75 => Self::Strong,
            s if s >= 0.5 => Self::Good,
            s if s >= 0.25 => Self::Fair,
            _ => Self::Weak,
        }
    }
}

impl Event for TieChanged {
    const TYPE: &'static str = "network.tie-changed";
    fn subject(&self) -> String {
        format!("{}/{}", self.account_id, self.person_id)
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id.0)
    }
}

/// What the owner wrote on a person, as it now is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnnotationChanged {
    /// Whose book.
    pub account_id: AccountId,
    /// The person.
    pub person_id: PersonId,
    /// Rises with every change.
    pub version: i64,
    /// All tags.
    pub tags: Vec<String>,
    /// The texts of all notes, newest first.
    pub notes: Vec<String>,
}

impl Event for AnnotationChanged {
    const TYPE: &'static str = "network.annotation-changed";
    fn subject(&self) -> String {
        self.person_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id.0)
    }
}

/// Network has applied everything that an import published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportApplied {
    /// The import.
    pub import_id: ImportId,
    /// Whose it is.
    pub account_id: AccountId,
    /// How many of its events could not be applied and wait, parked, for a human.
    pub parked: u64,
}

impl Event for ImportApplied {
    const TYPE: &'static str = "network.import-applied";
    fn subject(&self) -> String {
        self.import_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        1
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id.0)
    }
}
