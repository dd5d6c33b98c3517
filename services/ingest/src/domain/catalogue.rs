//! The tables of formats, sources and fields, for those who show them: the command line, and the
//! page, which has them as a file.

use std::collections::BTreeMap;

use kith_formats::Format;
use serde::{Serialize, Serializer};

use super::{
    field::{self, FieldName},
    record::Source,
};

/// Name and label of every format, in the order of the table.
pub fn formats() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of = |format: Format| (format.as_str(), format.label());
    Format::ALL.into_iter().map(of)
}

/// Everything that a page shows by name.
#[derive(Debug, Serialize)]
pub struct Catalogue {
    /// Labels by name, in the order of the table.
    #[serde(serialize_with = "as_map")]
    formats: Vec<(&'static str, &'static str)>,
    /// Labels by name.
    sources: BTreeMap<String, String>,
    /// In the order in which they are shown.
    fields: Vec<Field>,
}

#[derive(Debug, Serialize)]
struct Field {
    name: &'static str,
    label: &'static str,
    /// How the owner says what holds; null where only sources do.
    edited: Option<Edited>,
}

#[derive(Debug, Serialize)]
struct Edited {
    key: &'static str,
    label: &'static str,
    many: bool,
    /// A value, to show what is expected.
    example: Option<&'static str>,
}

fn as_map<S: Serializer>(named: &[(&str, &str)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(named.iter().copied())
}

impl Catalogue {
    /// The tables as they are.
    #[must_use]
    pub fn new() -> Self {
        let named = |source: Source| (source.as_str().to_owned(), source.label().to_owned());
        Self {
            formats: formats().collect(),
            sources: Source::known().map(named).collect(),
            fields: FieldName::ALL.into_iter().map(Field::of).collect(),
        }
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::new()
    }
}

impl Field {
    fn of(name: FieldName) -> Self {
        let spec = field::spec(name);
        let edited = |edited: field::Edited| Edited {
            key: edited.key,
            label: edited.label,
            many: edited.many,
            example: spec.form.example(),
        };
        Self {
            name: name.as_str(),
            label: spec.label,
            edited: spec.edited.map(edited),
        }
    }
}
