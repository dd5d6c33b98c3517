//! The grammar of clean lines, read by the `calcard` library into plain words.

use calcard::{
    Entry, Parser,
    vcard::{VCardEntry, VCardParameterName, VCardParameterValue, VCardValue},
};

use super::{labels, properties::Property};

/// A property with its escapes undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) group: Option<String>,
    /// In upper case.
    pub(super) name: String,
    /// The owner's own label, where the parameters give one.
    pub(super) label: Option<String>,
    /// Types in lower case, without `pref` and `internet`.
    pub(super) types: Vec<String>,
    pub(super) preferred: bool,
    /// The other parameters: name in upper case, value.
    pub(super) params: Vec<(String, String)>,
    /// The parts between semicolons; of a list, the parts between commas.
    pub(super) parts: Vec<String>,
}

impl Field {
    /// The n-th part, if there is anything in it.
    pub(super) fn part(&self, n: usize) -> Option<String> {
        self.parts
            .get(n)
            .and_then(|part| crate::text::non_empty(part))
    }

    /// The whole value, of a property that has no parts.
    pub(super) fn whole(&self) -> Option<String> {
        crate::text::non_empty(&self.parts.join(";"))
    }

    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads one property.
pub(super) fn field(property: &Property, version: &str) -> Option<Field> {
    let mut line = format!("BEGIN:VCARD\nVERSION:{version}\n{}", property.name);
    for param in &property.params {
        line.push(';');
        line.push_str(param);
    }
    line.push(':');
    line.push_str(property.text());
    line.push_str("\nEND:VCARD\n");
    let Entry::VCard(card) = Parser::new(&line).entry() else {
        return None;
    };
    let entry = card
        .entries
        .into_iter()
        .find(|entry| entry.name.as_str() != "VERSION")?;
    Some(words(entry, property))
}

fn words(entry: VCardEntry, property: &Property) -> Field {
    let mut field = Field {
        group: property
            .group
            .as_ref()
            .map(|group| group.to_ascii_lowercase()),
        name: property.name.clone(),
        label: property.label.clone(),
        types: Vec::new(),
        preferred: false,
        params: Vec::new(),
        parts: entry.values.into_iter().map(text).collect(),
    };
    for param in entry.params {
        let name = param.name.as_str().to_ascii_uppercase();
        let bare = matches!(param.value, VCardParameterValue::Null);
        let value = labels::uncircumflexed(&param.value.into_text());
        match param.name {
            VCardParameterName::Pref => field.preferred = true,
            VCardParameterName::Type => field.add_type(&value),
            VCardParameterName::Other(_) if bare => field.add_type(&name),
            _ => field.params.push((name, value)),
        }
    }
    field
}

impl Field {
    fn add_type(&mut self, name: &str) {
        let name = labels::known_type(&name.trim().to_lowercase()).to_owned();
        match name.as_str() {
            "pref" => self.preferred = true,
            "" | "internet" => {}
            _ if self.types.contains(&name) => {}
            _ => self.types.push(name),
        }
    }
}

fn text(value: VCardValue) -> String {
    match value {
        VCardValue::Text(text) => text,
        // Commas inside a part are text: nobody writes several streets of one address.
        VCardValue::Component(parts) => parts.join(","),
        VCardValue::Integer(number) => number.to_string(),
        VCardValue::Float(number) => number.to_string(),
        VCardValue::Boolean(truth) => truth.to_string(),
        VCardValue::Binary(data) => data.to_unwrapped_string(),
        VCardValue::PartialDateTime(_) => String::new(),
        other => other
            .into_text()
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default(),
    }
}
