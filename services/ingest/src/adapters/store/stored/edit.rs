//! The owner's edit as it is stored: an entry a field that is said, under the key of the table of
//! fields. A field that is not there leaves the field to the files.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor},
};

use crate::domain::{field, record::Edit};

/// An edit. Its fields of a later version go along: it is written again when the owner changes another
/// field.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(in crate::adapters::store) struct StoredEdit(pub(super) Edit);

impl<'de> Deserialize<'de> for StoredEdit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = StoredEdit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an entry a field")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<StoredEdit, M::Error> {
        let mut rest = BTreeMap::new();
        let said = field::read_edited(map, |key, map: &mut M| {
            rest.insert(key, map.next_value()?);
            Ok(())
        })?;
        let said = said.into_iter();
        let said = said.filter_map(|(field, values)| Some((field, values?)));
        Ok(StoredEdit(Edit {
            said: said.collect(),
            rest,
        }))
    }
}
