//! The golden files: `tests/golden/<table>.<column>.<form>.json`, one a form that a version wrote.
//!
//! A form whose name begins with `later-` is made up: what the next version could write. It is read
//! too, since two versions share a store for a while. `words.txt` holds the words of columns that
//! hold one of several.

use std::{collections::BTreeSet, path::PathBuf};

use jiff::Timestamp;
use kith_formats::{FieldName, Format};
use serde_json::Value;
use skeleton_durable::stored::{self, golden::Golden};

use super::{StoredEmails, StoredKeyHashes, StoredKeys, StoredSaid};
use crate::domain::{
    import::{FileFormat, Stage, StageParts},
    interactions::Channel,
    receipt::Outcome,
    record::{Said, Source},
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn golden(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// Every form of what a record says, by name.
fn forms() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| name.starts_with("record.said."))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| (name.clone(), golden(&name)))
        .collect()
}

fn said(text: &str) -> Result<Said, stored::Unreadable> {
    stored::read::<StoredSaid>(text, "golden").map(Said::from)
}

#[test]
fn every_stored_form_is_read_for_ever() {
    fn as_written<T: stored::Stored>(name: &str) -> T {
        stored::read(&golden(name), name).unwrap()
    }
    let mut files = Golden::of(env!("CARGO_MANIFEST_DIR"));
    files.holds(&as_written::<StoredSaid>(
        "record.said.contact-every-field.json",
    ));
    files.holds(&as_written::<StoredKeys>("record.keys.vcard-4.json"));
    files.holds(&as_written::<StoredEmails>("account.emails.two.json"));
    files.holds(&as_written::<StoredKeyHashes>("account.keys.two.json"));
    files.finish();
}

/// Through the domain and back, byte for byte: so nothing of it is lost, and the version before reads
/// what this one writes.
#[test]
fn what_was_written_is_written_the_same_again() {
    for (name, text) in forms() {
        let read = said(&text).unwrap();
        let again = stored::write(&StoredSaid::from(&read));
        if name.starts_with("record.said.later-contact") {
            // The record of a file is never written again, so what is not known stays in its row.
            continue;
        }
        assert_eq!(again, text, "{name}");
    }
}

#[test]
fn an_edit_is_told_verbatim_as_it_is_stored() {
    for (name, text) in forms() {
        if let Said::Edit(edit) = said(&text).unwrap() {
            assert_eq!(format!(r#"{{"edit":{}}}"#, edit.verbatim()), text, "{name}");
        }
    }
}

/// Every field may be missing, since a version before may not have had it, but for those without
/// which a value would be none. The list is closed: whoever adds a field gives it a default.
#[test]
fn no_field_is_required_but_those_of_the_first_form() {
    let mut required = BTreeSet::new();
    for (_, text) in forms() {
        let whole: Value = serde_json::from_str(&text).unwrap();
        for path in paths(&whole, "") {
            let mut without = whole.clone();
            let (parent, key) = path.rsplit_once('/').unwrap();
            let parent = without.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().remove(key);
            if said(&without.to_string()).is_err() {
                let names = path.split('/').filter(|it| it.parse::<usize>().is_err());
                required.insert(names.collect::<Vec<_>>().join("/"));
            }
        }
    }
    let expected = [
        "/calendar_guest",
        "/contact",
        "/contact/birthday/day",
        "/contact/birthday/month",
        "/contact/dates/date",
        "/contact/dates/date/day",
        "/contact/dates/date/month",
        "/contact/emails/value",
        "/contact/handles/value",
        "/contact/phones/value",
        "/contact/photo/Blob",
        "/contact/photo/Bytes",
        "/contact/photo/Bytes/bytes",
        "/contact/photo/Url",
        "/contact/related/name",
        "/contact/urls/value",
        "/contact/values/pronouns/value",
        "/contact/values/title/value",
        "/edit",
    ];
    assert_eq!(required, expected.map(str::to_owned).into());
}

/// The place of every entry of every object.
fn paths(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, it)| (format!("{at}/{key}"), it))
            .collect(),
        Value::Array(list) => {
            let items = list.iter().enumerate();
            return items
                .flat_map(|(n, it)| paths(it, &format!("{at}/{n}")))
                .collect();
        }
        _ => Vec::new(),
    };
    let own = inner.iter().map(|(path, _)| path.clone());
    let deeper = inner.iter().flat_map(|(path, it)| paths(it, path));
    own.chain(deeper).collect()
}

#[test]
fn what_a_record_says_in_no_known_form_is_an_error() {
    for text in [
        "",
        "{}",
        "null",
        r#""contact""#,
        r#"{"contact":[]}"#,
        r#"{"contact":{"emails":"ada@example.com"}}"#,
        r#"{"contact":{"name":[]}}"#,
        r#"{"contact":{"employments":[[]]}}"#,
        r#"{"edit":[]}"#,
        r#"{"contact":{"birthday":{"month":12}}}"#,
        r#"{"contact":{"photo":{"Url":7}}}"#,
        r#"{"edit":{"emails":"ada@example.com"}}"#,
        r#"{"contact":{},"edit":{}}"#,
        r#"{"contact":{}"#,
    ] {
        let error = said(text).expect_err(text);
        assert_eq!((&*error.table, &*error.row), ("record", "golden"));
        assert!(error.what.starts_with("said: "), "{error}");
    }
}

#[test]
fn what_a_later_version_says_is_kept() {
    let Said::Edit(edit) = said(&golden("record.said.later-edit.json")).unwrap() else {
        panic!("no edit");
    };
    assert_eq!(edit.text(FieldName::Nickname), Some("Countess"));
    assert_eq!(edit.rest["pronouns"], "she/her");
    let Said::Other(other) = said(&golden("record.said.later-kind.json")).unwrap() else {
        panic!("taken for something else");
    };
    assert_eq!(other.kind, "calendar_guest");
    let Said::Contact(contact) = said(&golden("record.said.later-contact.json")).unwrap() else {
        panic!("no contact");
    };
    assert_eq!(contact.values[FieldName::Email][0].value, "ada@example.com");
    assert_eq!(contact.photo, None);
}

/// A field that has no list of its own is kept by its name; one of a later version stays in its row.
#[test]
fn a_field_without_a_list_of_its_own_is_stored_by_its_name() {
    let text = golden("record.said.later-contact-values.json");
    let Said::Contact(contact) = said(&text).unwrap() else {
        panic!("no contact");
    };
    let title = &contact.values[FieldName::Title];
    assert_eq!(title[0].value, "Countess");
    assert_eq!(contact.values.iter().count(), 2, "with the e-mail");
    let again = stored::write(&StoredSaid::from(&Said::Contact(contact)));
    let known: Value = serde_json::from_str(&text).unwrap();
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(
        again["contact"]["values"]["title"],
        known["contact"]["values"]["title"]
    );
}

/// Every word that a version wrote is known, and every word that is known has been noted here.
#[test]
fn every_word_that_was_stored_is_known() {
    let listed = |column: &str, known: BTreeSet<String>, reads: &dyn Fn(&str) -> bool| {
        let words = golden("words.txt");
        let line = words.lines().find_map(|line| line.strip_prefix(column));
        let line = line.unwrap_or_else(|| panic!("no words of {column}"));
        let line: BTreeSet<String> = line.split_whitespace().map(str::to_owned).collect();
        assert_eq!(line, known, "{column}");
        for word in &line {
            assert!(reads(word), "{column}: {word} is not known any more");
        }
        assert!(!reads("of-a-later-version"), "{column}");
    };
    let sources = Source::known().map(|it| it.as_str().to_owned()).collect();
    listed("record.source ", sources, &|word| {
        !matches!(Source::named(word), Source::Other(_))
    });
    let formats = Format::ALL.map(|it| it.as_str().to_owned()).into();
    listed("import.format ", formats, &|word| {
        !matches!(FileFormat::named(word), FileFormat::Other(_))
    });
    let statuses = Stage::NAMES.map(str::to_owned).into();
    listed("import.status ", statuses, &|word| {
        let parts = StageParts {
            name: word.to_owned(),
            started_at: Some(Timestamp::UNIX_EPOCH),
            finished_at: Some(Timestamp::UNIX_EPOCH),
            problem: Some(String::new()),
        };
        !matches!(Stage::of(parts).unwrap(), Stage::Other(_))
    });
    let outcomes = Outcome::ALL.map(|it| it.as_str().to_owned()).into();
    listed("receipt.outcome ", outcomes, &|word| {
        Outcome::named(word).is_some()
    });
    let channels = Channel::ALL.map(|it| it.as_str().to_owned()).into();
    listed("bucket.channel ", channels, &|word| {
        !matches!(Channel::named(word), Channel::Other(_))
    });
}
