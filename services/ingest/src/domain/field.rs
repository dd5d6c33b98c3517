//! The fields of a person as the book keeps them, in one table: how people call each, what a value
//! of it is, and whether the owner may say what holds. Create, edit, view, storage, API and page
//! read it; a field that is forgotten does not compile.

use std::collections::BTreeMap;

pub use kith_formats::FieldName;
use kith_shared::keys::{StrongKey, normalise_email};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeSeed, Error, MapAccess},
    ser::SerializeMap,
};

/// What the book knows of a field.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// How people call one value of it.
    pub label: &'static str,
    /// What a value of it is.
    pub form: Form,
    /// How the owner says what holds; none where only sources do.
    pub edited: Option<Edited>,
}

/// What a value is: which texts are one, and when two are the same value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The same whatever its case and its blanks.
    Text,
    /// The same only letter by letter.
    Verbatim,
    /// An e-mail address.
    Email,
    /// A telephone number; the same whatever its punctuation.
    Phone,
    /// A page; the same with and without its scheme.
    Url,
    /// `1815-12-10`, or `--12-10` without the year.
    Day,
}

/// How the owner says what holds of a field.
#[derive(Clone, Copy, Debug)]
pub struct Edited {
    /// The name under which the API takes it and an edit is stored; it never changes.
    pub key: &'static str,
    /// How people call it where all its values stand together.
    pub label: &'static str,
    /// Whether there may be several values; it never changes, since what is stored is a text or a
    /// list by it.
    pub many: bool,
}

/// Values as they are written: a text where a field has one, else a list.
#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'a> {
    One(&'a str),
    Many(&'a [String]),
}

impl Edited {
    /// `values` as they are written under the key.
    #[must_use]
    pub fn entry(self, values: &[String]) -> impl Serialize {
        if self.many {
            Entry::Many(values)
        } else {
            Entry::One(values.first().map_or("", String::as_str))
        }
    }
}

/// The table.
#[must_use]
pub const fn spec(field: FieldName) -> FieldSpec {
    const fn seen(label: &'static str, form: Form) -> FieldSpec {
        let edited = None;
        FieldSpec {
            label,
            form,
            edited,
        }
    }
    const fn one(label: &'static str, form: Form, key: &'static str) -> FieldSpec {
        let edited = Some(Edited {
            key,
            label,
            many: false,
        });
        FieldSpec {
            label,
            form,
            edited,
        }
    }
    const fn many(
        label: &'static str,
        form: Form,
        key: &'static str,
        all: &'static str,
    ) -> FieldSpec {
        let edited = Some(Edited {
            key,
            label: all,
            many: true,
        });
        FieldSpec {
            label,
            form,
            edited,
        }
    }
    match field {
        FieldName::Name => one("Name", Form::Text, "display_name"),
        FieldName::Nickname => one("Nickname", Form::Text, "nickname"),
        FieldName::Email => many("E-mail", Form::Email, "emails", "E-mails"),
        FieldName::Phone => many("Phone", Form::Phone, "phones", "Phones"),
        FieldName::Url => many("Link", Form::Url, "urls", "Links"),
        FieldName::Organisation => one("Organisation", Form::Text, "organisation"),
        FieldName::Title => one("Role", Form::Text, "title"),
        FieldName::Address => seen("Address", Form::Text),
        FieldName::Birthday => one("Birthday", Form::Day, "birthday"),
        FieldName::Note => seen("Note", Form::Verbatim),
        FieldName::Photo => seen("Photo", Form::Verbatim),
        FieldName::Related => seen("Related", Form::Text),
        FieldName::Custom => seen("Other", Form::Text),
    }
}

/// Whether a field is part of where somebody works, and shown there instead of by itself.
#[must_use]
pub const fn is_of_employment(field: FieldName) -> bool {
    matches!(field, FieldName::Organisation | FieldName::Title)
}

/// The fields that the owner may say, in their order.
pub fn edited() -> impl Iterator<Item = (FieldName, Edited)> {
    let of = |field| Some((field, spec(field).edited?));
    FieldName::ALL.into_iter().filter_map(of)
}

impl Form {
    /// In which spelling two values are the same.
    #[must_use]
    pub fn normal(self, value: &str) -> String {
        let folded = || {
            let words: Vec<&str> = value.split_whitespace().collect();
            words.join(" ").to_lowercase()
        };
        match self {
            Self::Email => normalise_email(value).unwrap_or_else(folded),
            Self::Phone => phone(value),
            Self::Url => StrongKey::profile(value).map_or_else(
                || {
                    folded()
                        .trim_start_matches("https://")
                        .trim_start_matches("http://")
                        .trim_end_matches('/')
                        .to_owned()
                },
                |key| key.value,
            ),
            Self::Verbatim => value.to_owned(),
            Self::Text | Self::Day => folded(),
        }
    }

    /// A value, to show what is expected where that cannot be guessed.
    #[must_use]
    pub const fn example(self) -> Option<&'static str> {
        match self {
            Self::Day => Some("1815-12-10"),
            Self::Text | Self::Verbatim | Self::Email | Self::Phone | Self::Url => None,
        }
    }

    /// What is expected of the owner, where `value` is not it.
    #[must_use]
    pub fn misses(self, value: &str) -> Option<&'static str> {
        match self {
            Self::Email if normalise_email(value).is_none() => {
                Some("expected an e-mail address such as ada@example.com")
            }
            Self::Day if !is_day(value) => {
                Some("expected a day such as 1815-12-10, or --12-10 without the year")
            }
            _ => None,
        }
    }
}

/// A number by what is dialled: its digits, those that its letters stand for, and its extension.
fn phone(value: &str) -> String {
    let (number, extension) = split_extension(value);
    let mut dialled = String::new();
    for word in number.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']')) {
        let has_digit = word.contains(|c: char| c.is_ascii_digit());
        let is_letters = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
        // A word beside a number says whose it is.
        let letter = |c: char| (has_digit || is_letters).then(|| key(c))?;
        let dial = |c: char| match c {
            '+' | '0'..='9' => Some(c),
            c => letter(c),
        };
        dialled.extend(word.chars().filter_map(dial));
    }
    if !extension.is_empty() {
        dialled.push('x');
        dialled.push_str(extension);
    }
    dialled
}

/// The key of a telephone on which a letter stands (E.161).
fn key(letter: char) -> Option<char> {
    Some(match letter.to_ascii_lowercase() {
        'a'..='c' => '2',
        'd'..='f' => '3',
        'g'..='i' => '4',
        'j'..='l' => '5',
        'm'..='o' => '6',
        'p'..='s' => '7',
        't'..='v' => '8',
        'w'..='z' => '9',
        _ => return None,
    })
}

/// A number and the extension behind it: `020 7946 ext. 12`, `+44-20-7946;ext=12`.
fn split_extension(value: &str) -> (&str, &str) {
    const MARKS: [&str; 9] = [
        "extension",
        "ext",
        "x",
        "#",
        "durchwahl",
        "dw",
        "poste",
        "int",
        "доб",
    ];
    let value = value.trim();
    let rest = value.trim_end_matches(|c: char| c.is_ascii_digit());
    let extension = &value[rest.len()..];
    let rest = rest.trim_end_matches([' ', '.', ':', '=']);
    let marked = MARKS.into_iter().find_map(|mark| {
        let start = rest.len().checked_sub(mark.len())?;
        let found = rest.get(start..)?;
        let before = rest[..start].chars().next_back()?;
        let is_mark = found.to_lowercase() == mark && !before.is_alphabetic();
        is_mark.then(|| &rest[..start])
    });
    match marked {
        Some(number) if (1..=7).contains(&extension.len()) => (number, extension),
        _ => (value, ""),
    }
}

fn is_day(text: &str) -> bool {
    // 2000 was a leap year: 29 February is a birthday.
    let whole = text
        .strip_prefix("--")
        .map_or_else(|| text.to_owned(), |rest| format!("2000-{rest}"));
    whole.len() == 10 && whole.parse::<jiff::civil::Date>().is_ok()
}

/// Reads an object by [`Edited::key`]: a text where the field has one value, a list where it may have
/// several, null where nothing is said. What stands under another key goes to `other`.
///
/// # Errors
/// A value is of another kind, a key stands twice, or `other` refuses it.
pub fn read_edited<'de, M: MapAccess<'de>>(
    mut map: M,
    mut other: impl FnMut(String, &mut M) -> Result<(), M::Error>,
) -> Result<BTreeMap<FieldName, Option<Vec<String>>>, M::Error> {
    let mut read = BTreeMap::new();
    while let Some(key) = map.next_key::<String>()? {
        match edited().find(|(_, edited)| edited.key == key) {
            Some((field, edited)) => {
                let values = map.next_value_seed(Said { many: edited.many })?;
                if read.insert(field, values).is_some() {
                    return Err(M::Error::duplicate_field(edited.key));
                }
            }
            None => other(key, &mut map)?,
        }
    }
    Ok(read)
}

struct Said {
    many: bool,
}

impl<'de> DeserializeSeed<'de> for Said {
    type Value = Option<Vec<String>>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        if self.many {
            Option::deserialize(from)
        } else {
            Option::deserialize(from).map(|text: Option<String>| text.map(|text| vec![text]))
        }
    }
}

/// Writes what [`read_edited`] reads.
///
/// # Errors
/// The writer's.
pub fn write_edited<'a, M: SerializeMap>(
    map: &mut M,
    said: impl IntoIterator<Item = (&'a FieldName, &'a Vec<String>)>,
) -> Result<(), M::Error> {
    for (field, values) in said {
        if let Some(edited) = spec(*field).edited {
            map.serialize_entry(edited.key, &edited.entry(values))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_when_the_same_is_dialled() {
        let same = |one: &str, other: &str| Form::Phone.normal(one) == Form::Phone.normal(other);
        for (one, other) in [
            ("+44 20 7946-0018", "+442079460018"),
            ("1-800-ENGINES", "1 800 364 4637"),
            ("020 7946 ext. 12", "020 7946 x12"),
            ("+44-20-7946;ext=12", "+44 20 7946 #12"),
            ("030 901 (Büro)", "030901"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("1-800-ENGINES", "1-800-POETESS"),
            ("020 7946 ext. 12", "020 7946 ext. 13"),
            ("020 7946 ext. 12", "020 7946"),
            ("1 800 ENGINES", "1 800"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }
}
