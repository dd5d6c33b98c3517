//! What vendors say by properties of their own.

use super::{
    grammar::Field,
    properties::{Property, unescaped},
};
use crate::{
    dates,
    field::FieldName,
    model::{Contact, Employment, Labelled, LabelledDate, Related},
    text::non_empty,
};

/// How Android numbers relations, from 1.
const ANDROID_RELATIONS: [&str; 14] = [
    "Assistant",
    "Brother",
    "Child",
    "Domestic partner",
    "Father",
    "Friend",
    "Manager",
    "Mother",
    "Parent",
    "Partner",
    "Referred by",
    "Relative",
    "Sister",
    "Spouse",
];

/// Properties of the standard that say something of a person for which the book has no field.
const STANDARD: [&str; 9] = [
    "CONTACT-URI",
    "EXPERTISE",
    "GENDER",
    "GEO",
    "HOBBY",
    "INTEREST",
    "LANG",
    "SORT-STRING",
    "TZ",
];

/// Takes over a vendor's property; false if nothing here knows what it means.
pub(super) fn accept(contact: &mut Contact, field: &Field) -> bool {
    if STANDARD.contains(&field.name.as_str()) {
        say(contact, &field.name, field);
        return true;
    }
    let (vendor, name) = vendor_and_name(&field.name);
    match (vendor, name) {
        (_, "SPOUSE" | "SPOUSESNAME" | "SPOUSE-NAME") => relate(contact, "Spouse", field),
        (_, "PARTNER") => relate(contact, "Partner", field),
        (_, "MANAGER" | "MANAGERSNAME") => relate(contact, "Manager", field),
        (_, "ASSISTANT" | "ASSISTANTSNAME") => relate(contact, "Assistant", field),
        (_, "CHILD" | "CHILDREN") => relate(contact, "Child", field),
        (_, "TEL" | "PHONE") => add(contact, FieldName::Phone, field, None),
        (_, "EMAIL") => add(contact, FieldName::Email, field, None),
        ("MS", "URL") | (_, "BLOG-URL" | "BLOGFEED" | "VIDEO-URL" | "HOMEPAGE") => {
            add(contact, FieldName::Url, field, None);
        }
        (_, "IMADDRESS") => add(contact, FieldName::Custom, field, Some("chat")),
        (_, "DEPARTMENT") => {
            let department = field.whole();
            match contact.employments.first_mut() {
                Some(employment) => employment.department = department,
                None => contact.employments.push(Employment {
                    department,
                    ..Employment::default()
                }),
            }
        }
        (_, "PROFESSION" | "OFFICE" | "INTERESTS" | "HOBBY" | "LANGUAGE" | "GENDER") => {
            say(contact, name, field);
        }
        (_, "MAIDENNAME" | "MAIDEN-NAME") => say(contact, "MAIDEN-NAME", field),
        (_, "PHONETIC-FIRST-NAME" | "PHONETIC-LAST-NAME" | "PHONETIC-MIDDLE-NAME") => {
            say(contact, name, field);
        }
        _ => return false,
    }
    true
}

/// `X-MS-SPOUSE` as `MS` and `SPOUSE`.
fn vendor_and_name(name: &str) -> (&str, &str) {
    let bare = name.strip_prefix("X-").unwrap_or(name);
    for vendor in ["MS", "EVOLUTION", "KADDRESSBOOK", "ANDROID", "MOZILLA"] {
        let rest = bare
            .strip_prefix(vendor)
            .and_then(|it| it.strip_prefix('-'));
        if let Some(rest) = rest {
            return (vendor, rest.strip_prefix("X-").unwrap_or(rest));
        }
    }
    ("", if name == bare { "" } else { bare })
}

fn relate(contact: &mut Contact, relation: &str, field: &Field) {
    let related = |name| Related {
        relation: Some(relation.to_owned()),
        name,
    };
    contact.related.extend(field.whole().map(related));
}

fn add(contact: &mut Contact, to: FieldName, field: &Field, kind: Option<&str>) {
    let mut types = field.types.clone();
    types.extend(kind.map(str::to_owned));
    let value = field.whole().map(|value| Labelled {
        types,
        label: field.label.clone(),
        preferred: field.preferred,
        ..Labelled::new(value)
    });
    contact.values.extend(to, value);
}

/// `Phonetic last name: …`, for a property whose name says what it is.
fn say(contact: &mut Contact, name: &str, field: &Field) {
    let words = name.replace('-', " ").to_lowercase();
    let mut letters = words.chars();
    let label = letters.next().map(|first| first.to_ascii_uppercase());
    let label = label.into_iter().chain(letters).collect::<String>();
    let value = field.whole().map(|value| Labelled {
        label: Some(label),
        ..Labelled::new(value)
    });
    contact.values.extend(FieldName::Custom, value);
}

/// `X-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Maria;7;;;`: the row of Android's own table,
/// its kind first. False if nothing here knows the kind.
pub(super) fn accept_android(contact: &mut Contact, property: &Property) -> bool {
    let cells = cells(property.text());
    let cell = |n: usize| cells.get(n).and_then(|cell| non_empty(cell));
    let (kind, Some(value)) = (cell(0).unwrap_or_default(), cell(1)) else {
        // A row of which nothing is filled in.
        return true;
    };
    let number = cell(2).and_then(|number| number.parse::<usize>().ok());
    match kind.rsplit('/').next().unwrap_or_default() {
        "nickname" => contact
            .values
            .push(FieldName::Nickname, Labelled::new(value)),
        "relation" => {
            let listed = number.and_then(|number| ANDROID_RELATIONS.get(number.checked_sub(1)?));
            let relation = listed.map(|it| (*it).to_owned()).or_else(|| cell(3));
            let name = value;
            contact.related.push(Related { relation, name });
        }
        "contact_event" => {
            let Some(date) = dates::parse_partial(&value) else {
                return false;
            };
            let label = match number {
                Some(1) => Some("Anniversary".to_owned()),
                Some(3) if contact.birthday.is_none() => {
                    contact.birthday = Some(date);
                    return true;
                }
                Some(3) => Some("Birthday".to_owned()),
                _ => cell(3),
            };
            contact.dates.push(LabelledDate { label, date });
        }
        "website" => contact.values.push(FieldName::Url, Labelled::new(value)),
        "note" => contact.add_note(&value),
        "contact_user_defined_field" => {
            let (value, label) = match cell(2) {
                Some(content) => (content, Some(value)),
                None => (value, None),
            };
            let said = Labelled {
                label,
                ..Labelled::new(value)
            };
            contact.values.push(FieldName::Custom, said);
        }
        _ => return false,
    }
    true
}

/// The parts between semicolons that are not escaped.
fn cells(text: &str) -> Vec<String> {
    let (mut cells, mut cell, mut is_escaped) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        if c == ';' && !is_escaped {
            cells.push(unescaped(&std::mem::take(&mut cell)));
            continue;
        }
        is_escaped = c == '\\' && !is_escaped;
        cell.push(c);
    }
    cells.push(unescaped(&cell));
    cells
}
