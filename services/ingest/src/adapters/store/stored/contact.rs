//! A file's contact as it is stored: the parsers' model under names that stay.
//!
//! A field that is missing is empty, as it was in the versions that did not have it. Where a value
//! without the field would be none (a date without its month), the field has been there from the
//! beginning and is required; no later field may be.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use jiff::{Timestamp, civil::Date};
use kith_formats::{self as parsed, FieldName};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Value;

/// Turns a field from the parsers' type into the stored one, or back.
trait Convert<T> {
    fn convert(self) -> T;
}

macro_rules! the_same {
    ($($leaf:ty),+) => {
        $(impl Convert<$leaf> for $leaf {
            fn convert(self) -> $leaf {
                self
            }
        })+
    };
}

the_same!(String, bool, i8, i16);

impl<A: Convert<B>, B> Convert<Option<B>> for Option<A> {
    fn convert(self) -> Option<B> {
        self.map(Convert::convert)
    }
}

impl<A: Convert<B>, B> Convert<Vec<B>> for Vec<A> {
    fn convert(self) -> Vec<B> {
        self.into_iter().map(Convert::convert).collect()
    }
}

/// Reads an object by what is derived. A derived reader takes a list for a struct too, and where every
/// field has a default an empty list would be read as a contact that says nothing.
trait FromObject<'de>: Sized {
    fn from_object<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;
}

struct Objects<T>(PhantomData<T>);

impl<'de, T: FromObject<'de>> Visitor<'de> for Objects<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<T, M::Error> {
        T::from_object(MapAccessDeserializer::new(map))
    }
}

/// Declares a stored struct that is read from an object and from nothing else.
macro_rules! stored {
    ($(#[$meta:meta])* $stored:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[serde(remote = "Self")]
        pub(in crate::adapters::store) struct $stored {
            $($(#[$field_meta])* $field: $type,)+
        }

        impl Serialize for $stored {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                // The derived function of that name, see `FromObject`.
                Self::serialize(self, to)
            }
        }

        impl<'de> FromObject<'de> for $stored {
            fn from_object<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::deserialize(from)
            }
        }

        impl<'de> Deserialize<'de> for $stored {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_map(Objects(PhantomData))
            }
        }
    };
}

/// Declares a stored struct beside the parsers' struct that it mirrors. Both directions name every
/// field, so that one that only the parsers have does not compile.
macro_rules! mirrors {
    ($(#[$meta:meta])* $parsed:ident => $stored:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ }) => {
        stored! {
            $(#[$meta])*
            $stored { $($(#[$field_meta])* $field: $type,)+ }
        }

        impl Convert<$stored> for parsed::$parsed {
            fn convert(self) -> $stored {
                let Self { $($field),+ } = self;
                $stored { $($field: $field.convert()),+ }
            }
        }

        impl Convert<parsed::$parsed> for $stored {
            fn convert(self) -> parsed::$parsed {
                let Self { $($field),+ } = self;
                parsed::$parsed { $($field: $field.convert()),+ }
            }
        }
    };
}

stored! {
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    StoredContact {
        name: StoredName,
        is_organisation: bool,
        nicknames: Vec<String>,
        emails: Vec<StoredLabelled>,
        phones: Vec<StoredLabelled>,
        urls: Vec<StoredLabelled>,
        handles: Vec<StoredLabelled>,
        addresses: Vec<StoredAddress>,
        employments: Vec<StoredEmployment>,
        birthday: Option<StoredDate>,
        dates: Vec<StoredLabelledDate>,
        related: Vec<StoredRelated>,
        notes: Option<String>,
        photo: Option<StoredPhoto>,
        labels: Vec<String>,
        connected_on: Option<Date>,
        uid: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        revised_at: Option<Timestamp>,
        unknown: Vec<String>,
        /// By name: the values of every field that has no list of its own above. One whose name is
        /// not known is of a later version; it stays in its row.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        values: BTreeMap<String, Vec<StoredLabelled>>,
    }
}

impl From<parsed::Contact> for StoredContact {
    fn from(contact: parsed::Contact) -> Self {
        let parsed::Contact {
            name,
            is_organisation,
            values,
            addresses,
            employments,
            birthday,
            dates,
            related,
            notes,
            photo,
            labels,
            connected_on,
            uid,
            revised_at,
            unknown,
        } = contact;
        let mut stored = Self {
            name: name.convert(),
            is_organisation,
            addresses: addresses.convert(),
            employments: employments.convert(),
            birthday: birthday.convert(),
            dates: dates.convert(),
            related: related.convert(),
            notes,
            photo: photo.convert(),
            labels,
            connected_on,
            uid,
            revised_at,
            unknown,
            ..Self::default()
        };
        for (field, values) in values {
            if field == FieldName::Nickname {
                stored.nicknames = values.into_iter().map(|it| it.value).collect();
                continue;
            }
            let list = match field {
                FieldName::Email => &mut stored.emails,
                FieldName::Phone => &mut stored.phones,
                FieldName::Url => &mut stored.urls,
                FieldName::Custom => &mut stored.handles,
                _ => stored.values.entry(field.as_str().to_owned()).or_default(),
            };
            *list = values.convert();
        }
        stored
    }
}

impl From<StoredContact> for parsed::Contact {
    fn from(stored: StoredContact) -> Self {
        let StoredContact {
            name,
            is_organisation,
            nicknames,
            emails,
            phones,
            urls,
            handles,
            addresses,
            employments,
            birthday,
            dates,
            related,
            notes,
            photo,
            labels,
            connected_on,
            uid,
            revised_at,
            unknown,
            values: others,
        } = stored;
        let nicknames = nicknames.into_iter().map(parsed::Labelled::new);
        let mut values = parsed::Values::default();
        values.extend(FieldName::Nickname, nicknames);
        values.extend(FieldName::Email, emails.convert());
        values.extend(FieldName::Phone, phones.convert());
        values.extend(FieldName::Url, urls.convert());
        values.extend(FieldName::Custom, handles.convert());
        for (name, list) in others {
            if let Some(field) = FieldName::named(&name) {
                values.extend(field, list.convert());
            }
        }
        Self {
            name: name.convert(),
            is_organisation,
            values,
            addresses: addresses.convert(),
            employments: employments.convert(),
            birthday: birthday.convert(),
            dates: dates.convert(),
            related: related.convert(),
            notes,
            photo: photo.convert(),
            labels,
            connected_on,
            uid,
            revised_at,
            unknown,
        }
    }
}

mirrors! {
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default)]
    Name => StoredName {
        prefix: Option<String>,
        given: Option<String>,
        additional: Option<String>,
        family: Option<String>,
        suffix: Option<String>,
        full: String,
    }
}

mirrors! {
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    Labelled => StoredLabelled {
        value: String,
        #[serde(default)]
        types: Vec<String>,
        #[serde(default)]
        label: Option<String>,
        #[serde(default)]
        preferred: bool,
    }
}

mirrors! {
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default)]
    Address => StoredAddress {
        formatted: Option<String>,
        po_box: Option<String>,
        extended: Option<String>,
        street: Option<String>,
        city: Option<String>,
        region: Option<String>,
        postal_code: Option<String>,
        country: Option<String>,
        types: Vec<String>,
        label: Option<String>,
        preferred: bool,
    }
}

mirrors! {
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default)]
    Employment => StoredEmployment {
        organisation: Option<String>,
        title: Option<String>,
        department: Option<String>,
    }
}

mirrors! {
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    PartialDate => StoredDate {
        #[serde(default)]
        year: Option<i16>,
        month: i8,
        day: i8,
    }
}

mirrors! {
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    LabelledDate => StoredLabelledDate {
        #[serde(default)]
        label: Option<String>,
        date: StoredDate,
    }
}

mirrors! {
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    Related => StoredRelated {
        #[serde(default)]
        relation: Option<String>,
        name: String,
    }
}

/// A picture: `{"Url": "…"}`, or `{"Bytes": {…}}`, which is read though today it is left to the
/// verbatim record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::adapters::store) enum StoredPhoto {
    Bytes {
        media_type: Option<String>,
        bytes: Vec<u8>,
    },
    Url(String),
    /// A later version's way to keep a picture, by its kind. This version shows none.
    #[serde(untagged)]
    Other(BTreeMap<String, Value>),
}

impl Convert<Option<StoredPhoto>> for Option<parsed::Photo> {
    fn convert(self) -> Option<StoredPhoto> {
        self.map(|photo| match photo {
            parsed::Photo::Bytes { media_type, bytes } => StoredPhoto::Bytes { media_type, bytes },
            parsed::Photo::Url(url) => StoredPhoto::Url(url),
        })
    }
}

impl Convert<Option<parsed::Photo>> for Option<StoredPhoto> {
    fn convert(self) -> Option<parsed::Photo> {
        self.and_then(|photo| match photo {
            StoredPhoto::Bytes { media_type, bytes } => {
                Some(parsed::Photo::Bytes { media_type, bytes })
            }
            StoredPhoto::Url(url) => Some(parsed::Photo::Url(url)),
            StoredPhoto::Other(_) => None,
        })
    }
}

impl<'de> Deserialize<'de> for StoredPhoto {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ByKind)
    }
}

/// By hand, so that a picture that cannot be read is not taken for one of a later version.
struct ByKind;

impl<'de> Visitor<'de> for ByKind {
    type Value = StoredPhoto;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with one entry, such as `Url` or `Bytes`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<StoredPhoto, M::Error> {
        #[derive(Deserialize)]
        struct Picture {
            #[serde(default)]
            media_type: Option<String>,
            bytes: Vec<u8>,
        }
        let kind: Option<String> = map.next_key()?;
        let kind = kind.ok_or_else(|| M::Error::invalid_length(0, &self))?;
        let photo = match kind.as_str() {
            "Url" => StoredPhoto::Url(map.next_value()?),
            "Bytes" => {
                let Picture { media_type, bytes } = map.next_value()?;
                StoredPhoto::Bytes { media_type, bytes }
            }
            _ => StoredPhoto::Other(BTreeMap::from([(kind, map.next_value()?)])),
        };
        match map.next_key::<IgnoredAny>()? {
            None => Ok(photo),
            Some(_) => Err(M::Error::invalid_length(2, &self)),
        }
    }
}
