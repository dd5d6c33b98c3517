//! What a source said of a person. Records of files never change; the owner's own edit replaces
//! the one before it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_formats::{Contact, FieldName, Format, SourceClass};
use kith_shared::{
    events::ingest::ListClass,
    ids::{ImportId, PersonId, RecordId},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{
    field,
    key::{self, Key},
};

/// Where a record comes from. Which source is believed over which is [`Source::precedence`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Where files come from.
    File(&'static kith_formats::Source),
    /// The owner of the book.
    You,
    /// A source that a later version knows and this one does not. It is stored, shown and published
    /// under its name.
    Other(Box<str>),
}

impl Source {
    /// The head of a mail: a name beside an address.
    pub const MAIL: Self = Self::File(&kith_formats::MAIL);

    /// Every source that this version knows, some of them twice.
    pub fn known() -> impl Iterator<Item = Self> {
        let of_files = Format::ALL
            .into_iter()
            .map(|format| Self::File(format.source()));
        of_files.chain([Self::You])
    }

    /// The name that the API, the events and the tables carry.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::File(source) => source.name,
            Self::You => "you",
            Self::Other(name) => name,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::File(source) => source.label,
            Self::You => "You",
            Self::Other(name) => name,
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = Self::known().find(|source| source.as_str() == name);
        known.unwrap_or_else(|| Self::Other(name.into()))
    }

    /// How much it is believed; more is more. A source that this version does not know is a list
    /// that the owner brought: believed over the head of a mail, and under every list of which this
    /// version knows how good it is.
    #[must_use]
    pub const fn precedence(&self) -> u8 {
        match self {
            Self::File(source) => match source.class {
                SourceClass::Correspondence => 0,
                SourceClass::Network => 2,
                SourceClass::AddressBook => 3,
            },
            Self::Other(_) => 1,
            Self::You => 4,
        }
    }

    /// Whether it is a list that the owner made; mail is none, every other source is.
    #[must_use]
    pub fn is_list(&self) -> bool {
        !matches!(self, Self::File(source) if source.class == SourceClass::Correspondence)
    }

    /// What kind of list it is, as events carry it; none where it is no list, or one of which this
    /// version does not know.
    #[must_use]
    pub const fn list_class(&self) -> Option<ListClass> {
        match self {
            Self::File(source) => match source.class {
                SourceClass::Correspondence => None,
                SourceClass::Network => Some(ListClass::Network),
                SourceClass::AddressBook => Some(ListClass::AddressBook),
            },
            Self::You => Some(ListClass::Stated),
            Self::Other(_) => None,
        }
    }
}

/// What the owner says of a person. A value here stands over everything that files say under the
/// same name; none leaves it to them; an empty list or text says that there is none.
///
/// It is serialised as the verbatim text of its record, which is how it is stored too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// By field; of a field with one value there is one text.
    pub said: BTreeMap<FieldName, Vec<String>>,
    /// Fields that a later version knows and this one does not. They stay as they are through every
    /// change of the others.
    pub rest: BTreeMap<String, Value>,
}

impl Serialize for Edit {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        field::write_edited(&mut map, &self.said)?;
        for (key, value) in &self.rest {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Edit {
    /// The verbatim text of the record of this edit.
    #[must_use]
    pub fn verbatim(&self) -> String {
        serde_json::to_string(self).expect("an edit is a map with string keys")
    }

    /// What is said of a field that has one value.
    #[must_use]
    pub fn text(&self, field: FieldName) -> Option<&str> {
        let values = self.said.get(&field)?;
        Some(values.first().map_or("", String::as_str))
    }

    /// The keys of the addresses in it.
    #[must_use]
    pub fn keys(&self, region: Option<&str>) -> Vec<Key> {
        let said = self.said.iter();
        key::keys_of_values(
            said.flat_map(|(field, values)| values.iter().map(|value| (*field, value.as_str()))),
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
    /// The import that brought it.
    pub import: Option<ImportId>,
    /// The last import that brought the same again.
    pub seen: Option<ImportId>,
    /// Since when the source says something else: then it is former. None while it holds.
    pub until: Option<Timestamp>,
    /// What it says.
    pub said: Said,
    /// Its keys, sorted.
    pub keys: Vec<Key>,
}

impl Record {
    /// Whether its source still says so.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.until.is_none()
    }

    /// Its keys as they are made now; none where a later version made them.
    #[must_use]
    pub fn keys_again(&self, region: Option<&str>) -> Option<Vec<Key>> {
        match &self.said {
            Said::Contact(contact) => {
                let mut keys = key::keys_of_contact(contact, region);
                if !self.source.is_list() {
                    // The address of a correspondent is one, whatever becomes of its spelling.
                    keys.extend(
                        self.keys
                            .iter()
                            .filter(|key| key.strong().is_some())
                            .cloned(),
                    );
                    keys.sort();
                    keys.dedup();
                }
                Some(keys)
            }
            Said::Edit(edit) => Some(edit.keys(region)),
            Said::Other(_) => None,
        }
    }

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
    /// What of it is not shown, for the receipt.
    pub left_out: Option<String>,
}
