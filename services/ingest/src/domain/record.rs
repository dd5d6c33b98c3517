//! What a source said of a person. Records of files never change; the owner's own edit replaces
//! the one before it.

use jiff::Timestamp;
use kith_formats::{Contact, Format};
use kith_shared::ids::{ImportId, PersonId, RecordId};
use serde::{Deserialize, Serialize};

use super::key::Key;

/// Where a record comes from. Ordered by precedence: what stands later is believed over what
/// stands before, but for Google and vCard, which are equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 5] = [
        Self::Mail,
        Self::LinkedIn,
        Self::Vcard,
        Self::Google,
        Self::You,
    ];

    /// The name that the API, the events and the tables carry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::LinkedIn => "linkedin",
            Self::Vcard => "vcard",
            Self::Google => "google",
            Self::You => "you",
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }

    /// The source that files of a format are.
    #[must_use]
    pub const fn of(format: Format) -> Self {
        match format {
            Format::LinkedIn => Self::LinkedIn,
            Format::GoogleCsv => Self::Google,
            Format::Vcard => Self::Vcard,
            Format::Mbox => Self::Mail,
        }
    }

    /// How much it is believed; more is more.
    #[must_use]
    pub const fn precedence(self) -> u8 {
        match self {
            Self::Mail => 0,
            Self::LinkedIn => 1,
            Self::Vcard | Self::Google => 2,
            Self::You => 3,
        }
    }
}

/// What the owner says of a person. A value here stands over everything that files say under the
/// same name; none leaves it to them; an empty list or text says that there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Edit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emails: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phones: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urls: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
}

impl Edit {
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// A file's contact, pictures left to the verbatim record.
    Contact(Box<Contact>),
    /// The owner's edit.
    Edit(Box<Edit>),
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
