//! What a source said of a person. Records of files never change; the owner's own edit replaces
//! the one before it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_formats::{Contact, Format};
use kith_shared::ids::{ImportId, PersonId, RecordId};
use serde::Serialize;
use serde_json::Value;

use super::key::Key;

/// Where a record comes from. Which source is believed over which is [`Source::precedence`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The head of a mail: a name beside an address.
    Mail,
    /// LinkedIn's export.
    LinkedIn,
    /// A vCard file.
    Vcard,
    /// Google Contacts.
    Google,
    /// The owner of the book.
    You,
    /// A source that a later version knows and this one does not. It is stored, shown and published
    /// under its name.
    Other(Box<str>),
}

impl Source {
    /// Every source that this version knows.
    pub const ALL: [Self; 5] = [
        Self::Mail,
        Self::LinkedIn,
        Self::Vcard,
        Self::Google,
        Self::You,
    ];

    /// The name that the API, the events and the tables carry.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Mail => "mail",
            Self::LinkedIn => "linkedin",
            Self::Vcard => "vcard",
            Self::Google => "google",
            Self::You => "you",
            Self::Other(name) => name,
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|source| source.as_str() == name);
        known.unwrap_or_else(|| Self::Other(name.into()))
    }

    /// The source that files of a format are.
    #[must_use]
    pub fn of(format: Format) -> Self {
        Self::named(format.source())
    }

    /// How much it is believed; more is more. Google and vCard are equals. A source that this
    /// version does not know is a list that the owner brought: believed over the head of a mail, and
    /// under every list of which this version knows how good it is.
    #[must_use]
    pub const fn precedence(&self) -> u8 {
        match self {
            Self::Mail => 0,
            Self::Other(_) => 1,
            Self::LinkedIn => 2,
            Self::Vcard | Self::Google => 3,
            Self::You => 4,
        }
    }
}

/// What the owner says of a person. A value here stands over everything that files say under the
/// same name; none leaves it to them; an empty list or text says that there is none.
///
/// It is serialised as the verbatim text of its record and for nothing else; how it is stored is
/// for the store to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Edit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emails: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phones: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urls: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    /// Fields that a later version knows and this one does not. They stay as they are through every
    /// change of the others.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

impl Edit {
    /// The verbatim text of the record of this edit.
    #[must_use]
    pub fn verbatim(&self) -> String {
        serde_json::to_string(self).expect("an edit is a struct with string keys")
    }

    /// The keys of the addresses in it.
    #[must_use]
    pub fn keys(&self, region: Option<&str>) -> Vec<Key> {
        let texts = |list: &'_ Option<Vec<String>>| list.clone().unwrap_or_default();
        let (emails, phones, urls) = (texts(&self.emails), texts(&self.phones), texts(&self.urls));
        super::key::keys_of_values(
            emails.iter().map(String::as_str),
            phones.iter().map(String::as_str),
            urls.iter().map(String::as_str),
            region,
        )
    }
}

/// What a record says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A file's contact, pictures left to the verbatim record.
    Contact(Box<Contact>),
    /// The owner's edit.
    Edit(Box<Edit>),
    /// Something that a later version knows how to read. Here the record counts by its source and
    /// its keys alone.
    Other(Box<OtherSaid>),
}

/// What a record says in a way that only a later version understands.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherSaid {
    /// The later version's word for what it is.
    pub kind: String,
    /// What it says.
    pub content: Value,
}

/// A record of a book.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Identity.
    pub id: RecordId,
    /// The person that it came to. Merging does not move it: the person itself is moved, so that
    /// undoing restores exactly what was.
    pub home: PersonId,
    /// Where it comes from.
    pub source: Source,
    /// The file's name, for files.
    pub file_name: Option<String>,
    /// When the source said so, as far as is known.
    pub observed_at: Timestamp,
    /// What it says.
    pub said: Said,
    /// Its keys, sorted.
    pub keys: Vec<Key>,
}

impl Record {
    /// The owner's word, if that is what it is. A later version's way of saying it is not.
    #[must_use]
    pub fn edit(&self) -> Option<&Edit> {
        match &self.said {
            Said::Edit(edit) if self.source == Source::You => Some(edit),
            Said::Edit(_) | Said::Contact(_) | Said::Other(_) => None,
        }
    }
}

/// A record that is about to enter a book.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Where it comes from.
    pub source: Source,
    /// The file's name, for files.
    pub file_name: Option<String>,
    /// The import that brings it.
    pub import: Option<ImportId>,
    /// Where it stands in the file.
    pub position: String,
    /// When the source said so.
    pub observed_at: Timestamp,
    /// What it says.
    pub said: Said,
    /// Its keys, sorted.
    pub keys: Vec<Key>,
    /// Hash of source and verbatim text: the same record again changes nothing.
    pub hash: Vec<u8>,
    /// The record verbatim.
    pub raw: String,
}
