//! Published by the service `ingest`.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use skeleton_envelope::{Event, Open};
use uuid::Uuid;

use crate::{
    ids::{AccountId, ImportId, PersonId},
    keys::KeyHash,
};

/// A person of a book as it now is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonChanged {
    /// The person.
    pub person_id: PersonId,
    /// Whose book it is in.
    pub account_id: AccountId,
    /// Rises with every change.
    pub version: i64,
    /// Whether the person stands for itself, was merged into another, or is gone.
    pub state: PersonState,
    /// The name to show; never empty while the person is active.
    pub display_name: String,
    /// Other names: nicknames, spellings of other sources.
    #[serde(default)]
    pub other_names: Vec<String>,
    /// E-mail addresses, best first. For the book's owner only: never shown to a circle.
    #[serde(default)]
    pub emails: Vec<String>,
    /// Telephone numbers as written, best first. For the book's owner only.
    #[serde(default)]
    pub phones: Vec<String>,
    /// Where they work or worked, current first.
    #[serde(default)]
    pub employments: Vec<Employment>,
    /// Labels that the sources put on the person.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Hashes of all strong keys of the person.
    #[serde(default)]
    pub keys: Vec<KeyHash>,
    /// In which lists of the owner the person stands: each is weak evidence of a tie.
    #[serde(default)]
    pub connections: Vec<Connection>,
    /// Ids of persons that were merged into this one; old ids resolve for ever.
    #[serde(default)]
    pub aliases: Vec<PersonId>,
}

/// What became of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum PersonState {
    /// In the book.
    Active,
    /// Merged: everything said of this id holds of the other.
    Merged {
        /// The surviving person.
        into: PersonId,
    },
    /// Removed; what remains carries no personal data.
    Removed,
}

/// Where someone works or worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Employment {
    /// The organisation as written.
    pub organisation: String,
    /// What they are there.
    pub title: Option<String>,
    /// Whether it is, as far as the source knows, still so.
    pub current: bool,
}

/// A list of the owner in which a person stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// Its name: `linkedin`, `you`, or any other source of imports.
    pub source: String,
    /// What kind of list it is, since version 2: network weighs by it. None where the publisher does
    /// not know, and in events of version 1; see [`Connection::class`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ListClass>")]
    pub class: Option<Open<ListClass>>,
    /// Since when, where the source says so.
    pub since: Option<Date>,
}

/// What it means that somebody stands in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListClass {
    /// A network in which both agreed to be connected.
    Network,
    /// A list that its owner keeps.
    AddressBook,
    /// The owner's own word.
    Stated,
}

impl Connection {
    /// What kind of list it is; none for a kind that this version does not know.
    #[must_use]
    pub fn class(&self) -> Option<ListClass> {
        match &self.class {
            Some(Open::Known(class)) => Some(*class),
            Some(Open::Other(_)) => None,
            // These are all the lists there were when events told no class.
            None => match self.source.as_str() {
                "linkedin" => Some(ListClass::Network),
                "google" | "vcard" => Some(ListClass::AddressBook),
                "you" => Some(ListClass::Stated),
                _ => None,
            },
        }
    }
}

impl Event for PersonChanged {
    const TYPE: &'static str = "ingest.person-changed";
    const SCHEMA_VERSION: u16 = 2;
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

/// All interactions of one pair as one account's sources evidence them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InteractionsChanged {
    /// Whose sources say so.
    pub account_id: AccountId,
    /// One end: a person of the book.
    pub person_id: PersonId,
    /// The other end: another person of the book, or none for the owner. Of two persons the
    /// smaller id stands first.
    pub other_id: Option<PersonId>,
    /// Rises with every change.
    pub version: i64,
    /// Every bucket of the pair; one that is not here does not exist (any more).
    pub buckets: Vec<InteractionBucket>,
}

/// What happened between two people in one month, of one kind, in groups of one size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InteractionBucket {
    /// Where it was seen: `mail`, or another source of imports.
    pub source: String,
    /// What it was.
    pub kind: InteractionKind,
    /// First day of the month, UTC.
    pub month: Date,
    /// How many went from the owner to the person (from the first to the second of two persons).
    pub sent: u32,
    /// How many came back.
    pub received: u32,
    /// How many took part.
    pub group_size: GroupSize,
    /// The last of them.
    pub last_at: Timestamp,
}

/// What an interaction was.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InteractionKind {
    /// An e-mail.
    Mail,
    /// A chat message.
    Message,
}

/// How many people took part: the more, the weaker the evidence.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GroupSize {
    /// Two people.
    Pair,
    /// Three to five.
    Small,
    /// Six to twenty.
    Medium,
    /// More than twenty.
    Large,
}

impl GroupSize {
    /// The class of a group of `people`, both ends included.
    #[must_use]
    pub const fn of(people: usize) -> Self {
        match people {
            0..=2 => Self::Pair,
            3..=5 => Self::Small,
            6..=20 => Self::Medium,
            _ => Self::Large,
        }
    }
}

impl Event for InteractionsChanged {
    const TYPE: &'static str = "ingest.interactions-changed";
    fn subject(&self) -> String {
        let other = self
            .other_id
            .map_or_else(|| "owner".to_owned(), |id| id.to_string());
        format!("{}/{}/{other}", self.account_id, self.person_id)
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id.0)
    }
}

/// An import as it now is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportChanged {
    /// The import; the correlation id of every event that it caused.
    pub import_id: ImportId,
    /// Whose it is.
    pub account_id: AccountId,
    /// Rises with every change.
    pub version: i64,
    /// The file's name as it was given.
    pub file_name: String,
    /// Where it stands.
    pub status: ImportStatus,
    /// How many records it held so far.
    pub records: u64,
    /// How many people it has created or changed so far.
    pub people: u64,
    /// While [`ImportStatus::Applying`]: how many events of each type were published in all. A
    /// consumer that has settled as many with this correlation id has applied the import.
    #[serde(default)]
    pub published: BTreeMap<String, u64>,
    /// Why it failed.
    pub problem: Option<String>,
    /// Ended by its owner before its end, since version 2. Its status is then
    /// [`ImportStatus::Failed`], which every consumer knows; who knows this field knows better.
    #[serde(default)]
    pub cancelled: bool,
}

/// Where an import stands. No value is added: a consumer of the version before would park the event.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ImportStatus {
    /// Waiting for its turn.
    Queued,
    /// Being read.
    Reading,
    /// Read to the end; search and network have not both said that they applied it.
    Applying,
    /// Searchable and reachable.
    Succeeded,
    /// Ended without changing anything, or where it could not go on.
    Failed,
    /// What a later version knows and this one does not: passed on under its name.
    #[schemars(skip)]
    Other(String),
}

impl Serialize for ImportStatus {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ImportStatus {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|name| Self::named(&name))
    }
}

impl ImportStatus {
    /// Every status that this version knows.
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Reading,
        Self::Applying,
        Self::Succeeded,
        Self::Failed,
    ];

    /// The name that events and tables carry.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Reading => "reading",
            Self::Applying => "applying",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Other(name) => name,
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|status| status.as_str() == name);
        known.unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

impl Event for ImportChanged {
    const TYPE: &'static str = "ingest.import-changed";
    const SCHEMA_VERSION: u16 = 2;
    fn subject(&self) -> String {
        self.import_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id.0)
    }
}
