//! What a record says, by kind: `{"contact": {…}}`, `{"edit": {…}}`, or a kind of a later version;
//! and the keys of a record.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap as _,
};
use serde_json::Value;
use skeleton_durable::stored::Stored;

use super::{contact::StoredContact, edit::StoredEdit};
use crate::domain::{
    key::Key,
    record::{OtherSaid, Said},
};

const CONTACT: &str = "contact";
const EDIT: &str = "edit";

/// What a record says.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::adapters::store) enum StoredSaid {
    /// A file's contact.
    Contact(Box<StoredContact>),
    /// The owner's edit.
    Edit(Box<StoredEdit>),
    /// Of a later version, as it stands there.
    Other { kind: String, content: Value },
}

impl Stored for StoredSaid {
    const TABLE: &'static str = "record";
    const COLUMN: &'static str = "said";
}

impl Serialize for StoredSaid {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(1))?;
        match self {
            Self::Contact(contact) => map.serialize_entry(CONTACT, contact)?,
            Self::Edit(edit) => map.serialize_entry(EDIT, edit)?,
            Self::Other { kind, content } => map.serialize_entry(kind, content)?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for StoredSaid {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ByKind)
    }
}

/// By hand, since a contact that cannot be read must be an error: a derived variant for everything
/// else would take it for a kind of a later version.
struct ByKind;

impl<'de> Visitor<'de> for ByKind {
    type Value = StoredSaid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with one entry, such as `contact` or `edit`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<StoredSaid, M::Error> {
        let kind: Option<String> = map.next_key()?;
        let kind = kind.ok_or_else(|| M::Error::invalid_length(0, &self))?;
        let said = match kind.as_str() {
            CONTACT => StoredSaid::Contact(map.next_value()?),
            EDIT => StoredSaid::Edit(map.next_value()?),
            _ => StoredSaid::Other {
                kind,
                content: map.next_value()?,
            },
        };
        match map.next_key::<IgnoredAny>()? {
            None => Ok(said),
            Some(_) => Err(M::Error::invalid_length(2, &self)),
        }
    }
}

impl From<&Said> for StoredSaid {
    fn from(said: &Said) -> Self {
        match said {
            Said::Contact(contact) => Self::Contact(Box::new(contact.as_ref().clone().into())),
            Said::Edit(edit) => Self::Edit(Box::new(StoredEdit(edit.as_ref().clone()))),
            Said::Other(other) => Self::Other {
                kind: other.kind.clone(),
                content: other.content.clone(),
            },
        }
    }
}

impl From<StoredSaid> for Said {
    fn from(stored: StoredSaid) -> Self {
        match stored {
            StoredSaid::Contact(contact) => Self::Contact(Box::new((*contact).into())),
            StoredSaid::Edit(edit) => Self::Edit(Box::new(edit.0)),
            StoredSaid::Other { kind, content } => {
                Self::Other(Box::new(OtherSaid { kind, content }))
            }
        }
    }
}

/// A record's keys, in the spelling of [`Key`], sorted. A kind of key that this version does not know
/// is a key like any other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::adapters::store) struct StoredKeys(Vec<String>);

impl Stored for StoredKeys {
    const TABLE: &'static str = "record";
    const COLUMN: &'static str = "keys";
}

impl From<&[Key]> for StoredKeys {
    fn from(keys: &[Key]) -> Self {
        Self(keys.iter().map(|key| key.0.clone()).collect())
    }
}

impl From<StoredKeys> for Vec<Key> {
    fn from(stored: StoredKeys) -> Self {
        stored.0.into_iter().map(Key).collect()
    }
}
