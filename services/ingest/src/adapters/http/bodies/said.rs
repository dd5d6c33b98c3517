//! What the owner says of a person, as the API takes it: an object with an entry a field, by the table
//! of fields.

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor},
    ser::SerializeMap,
};
use skeleton_host::problem::FieldError;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type},
    },
};

use crate::{
    application::edit_person::Patch,
    domain::{
        field::{self, Edited, FieldName, Form},
        record::Edit,
    },
};

/// Longest text of a field, in bytes.
const TEXT_BYTES: usize = 500;
/// Most values of a field.
const VALUES: usize = 50;

/// A new person.
pub(in crate::adapters::http) struct AddPerson(Given);

impl<'de> Deserialize<'de> for AddPerson {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let given = from.deserialize_map(Object)?;
        match given.get(&FieldName::Name) {
            Some(Some(_)) => Ok(Self(given)),
            _ => Err(D::Error::missing_field("display_name")),
        }
    }
}

/// Every field, null where nothing is said: what a repetition is known by.
impl Serialize for AddPerson {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for (field, edited) in field::edited() {
            let values = self.0.get(&field).and_then(Option::as_ref);
            map.serialize_entry(edited.key, &values.map(|values| edited.entry(values)))?;
        }
        map.end()
    }
}

impl AddPerson {
    /// What is said of the new person.
    pub(in crate::adapters::http) fn edit(&self) -> Edit {
        let said = self.0.iter();
        let said = said.filter_map(|(field, values)| Some((*field, values.clone()?)));
        Edit {
            said: said.collect(),
            rest: BTreeMap::new(),
        }
    }

    /// Notes what is wrong with it.
    pub(in crate::adapters::http) fn check(&self, errors: &mut Vec<FieldError>) {
        check(&self.0, errors);
    }
}

impl PartialSchema for AddPerson {
    fn schema() -> RefOr<Schema> {
        schema("A new person.", Some(FieldName::Name))
    }
}

impl ToSchema for AddPerson {}

/// A change of my word.
pub(in crate::adapters::http) struct EditPerson(Given);

impl<'de> Deserialize<'de> for EditPerson {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Object).map(Self)
    }
}

impl EditPerson {
    /// The change.
    pub(in crate::adapters::http) fn patch(self) -> Patch {
        Patch(self.0)
    }

    /// Notes what is wrong with it.
    pub(in crate::adapters::http) fn check(&self, errors: &mut Vec<FieldError>) {
        check(&self.0, errors);
    }
}

impl PartialSchema for EditPerson {
    fn schema() -> RefOr<Schema> {
        let description = "What I say of a person. A field left out stays; null takes my word back, \
            so that what files say shows again; an empty list or text says that there is none.";
        schema(description, None)
    }
}

impl ToSchema for EditPerson {}

/// By field: its values, or none where null was given.
type Given = BTreeMap<FieldName, Option<Vec<String>>>;

/// The object; another key than a field's is refused.
struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an entry a field")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Given, M::Error> {
        static KEYS: LazyLock<Vec<&'static str>> =
            LazyLock::new(|| field::edited().map(|(_, edited)| edited.key).collect());
        let unknown = |key: String, _: &mut M| Err(M::Error::unknown_field(&key, &KEYS));
        field::read_edited(map, unknown)
    }
}

/// Its schema. The `required` field is a text; any other may be null.
fn schema(description: &str, required: Option<FieldName>) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new()
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    for (field, Edited { key, many, .. }) in field::edited() {
        let or_null = |of| SchemaType::from_iter([of, Type::Null]);
        let form = (field::spec(field).form == Form::Day)
            .then_some("`1815-12-10`, or `--12-10` without the year.");
        object = if many {
            let texts = ArrayBuilder::new()
                .items(ObjectBuilder::new().schema_type(Type::String))
                .schema_type(or_null(Type::Array));
            object.property(key, texts)
        } else if required == Some(field) {
            let text = ObjectBuilder::new().schema_type(Type::String);
            object.property(key, text).required(key)
        } else {
            let text = ObjectBuilder::new().schema_type(or_null(Type::String));
            object.property(key, text.description(form))
        };
    }
    object.into()
}

/// Notes what is wrong with values.
fn check(given: &Given, errors: &mut Vec<FieldError>) {
    for (field, Edited { key, many, .. }) in field::edited() {
        let Some(Some(values)) = given.get(&field) else {
            continue;
        };
        if values.len() > VALUES {
            let detail = format!("expected at most {VALUES} values");
            errors.push(FieldError::new(format!("/{key}"), detail));
        }
        for (at, value) in values.iter().enumerate().take(VALUES) {
            // An empty text says that there is none; in a list there is no place for it.
            let is_missing = many && value.trim().is_empty();
            let detail = if is_missing || value.len() > TEXT_BYTES {
                Some(match many {
                    true => format!("expected 1 to {TEXT_BYTES} bytes"),
                    false => format!("expected at most {TEXT_BYTES} bytes"),
                })
            } else {
                let misses = |value| field::spec(field).form.misses(value);
                (!value.is_empty())
                    .then(|| misses(value))
                    .flatten()
                    .map(str::to_owned)
            };
            let pointer = if many {
                format!("/{key}/{at}")
            } else {
                format!("/{key}")
            };
            errors.extend(detail.map(|detail| FieldError::new(pointer, detail)));
        }
    }
}
