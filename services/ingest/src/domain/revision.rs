//! Which record of a source a newer export means.
//!
//! A source's own identifier decides where there is one. Else it is the best match by content among
//! the source's records that no entry of the same file has claimed: the same name, and a value in
//! common where either has any. Order of properties, folding, `REV` and columns that stay empty are no
//! change: what two records say is compared, not how it is written.

use kith_formats::{Contact, FieldName, Labelled};
use kith_shared::ids::ImportId;

use super::{
    book::Book,
    field::{Form, spec},
    key::{Key, KeyForm},
    record::{Arrival, Record, Said},
    resolution::{Facts, Likeness, PersonName},
};

/// The record of the same source that `arrival` is another edition of.
#[must_use]
pub fn older_edition<'b>(book: &'b Book, arrival: &'b Arrival) -> Option<&'b Record> {
    let Said::Contact(ours) = &arrival.said else {
        return None;
    };
    let candidates = book.records_with(&arrival.keys).filter(|record| {
        record.source == arrival.source && record.is_current() && !claimed(record, arrival.import)
    });
    let mut best: Option<(u32, &Record)> = None;
    for record in candidates {
        let Said::Contact(theirs) = &record.said else {
            continue;
        };
        let holds = |key: &Key| {
            let facts = Facts::of(record, book.edit_of(record.home));
            facts.carried.iter().any(|it| it.key == *key)
        };
        let likeness = likeness(ours, &arrival.keys, theirs, &record.keys, holds);
        let Some(rank) = likeness else {
            continue;
        };
        // Of equals the one that came first.
        if best.is_none_or(|(known, it)| rank > known || rank == known && record.id < it.id) {
            best = Some((rank, record));
        }
    }
    best.map(|(_, record)| record)
}

/// Whether an entry of the same file is this record already.
fn claimed(record: &Record, import: Option<ImportId>) -> bool {
    import.is_some() && (record.import == import || record.seen == import)
}

/// How much they are alike, if they may be editions of one. `holds` says whether the owner did not
/// strike a key of the known one out: under another spelling of the name no other is believed.
fn likeness(
    ours: &Contact,
    keys: &[Key],
    theirs: &Contact,
    their_keys: &[Key],
    holds: impl Fn(&Key) -> bool,
) -> Option<u32> {
    const UID: u32 = 1_000;
    let uid = |keys: &[Key]| keys.iter().find(|it| it.form() == KeyForm::Uid).cloned();
    match (uid(keys), uid(their_keys)) {
        (Some(one), Some(two)) => return (one == two).then_some(UID),
        // An export that gives identifiers gives everybody one.
        (Some(_), None) | (None, Some(_)) => return None,
        (None, None) => {}
    }
    if ours.is_organisation != theirs.is_organisation {
        return None;
    }
    let names = (PersonName::of(&ours.name), PersonName::of(&theirs.name));
    let named = names.0.compare(&names.1);
    let same_name = named == Likeness::Same
        || Form::Text.normal(&ours.name.full) == Form::Text.normal(&theirs.name.full);
    let corrected = matches!(named, Likeness::Contained | Likeness::Similar);
    let values = |keys: &[Key]| {
        keys.iter()
            .filter(|key| !key.is_name())
            .cloned()
            .collect::<Vec<_>>()
    };
    let (our_values, their_values) = (values(keys), values(their_keys));
    let common = our_values
        .iter()
        .filter(|it| their_values.contains(it))
        .count();
    let common = u32::try_from(common).unwrap_or(u32::MAX / 16);
    let same_profile = our_values
        .iter()
        .any(|it| it.form() == KeyForm::Profile && their_values.contains(it));
    match (same_name, common) {
        // A profile is the network's own identifier: the name may have been corrected.
        (false, 1..) if same_profile && ours.connected_on.is_some() => Some(100),
        (false, 1..) if corrected && our_values.iter().any(holds) => Some(5 + common),
        (false, _) => None,
        (true, 1..) => Some(10 + common),
        // A name alone: nothing else could have told them apart.
        (true, 0) if our_values.is_empty() && their_values.is_empty() => Some(2),
        // The one value that there was went or came, or a member's page moved: the rest must agree.
        (true, 0) => same_place(ours, theirs).then_some(1),
    }
}

/// Whether what does not identify anybody agrees: where they work and since when they are connected,
/// and there is something of it.
fn same_place(ours: &Contact, theirs: &Contact) -> bool {
    let organisation = |contact: &Contact| {
        let first = contact.employments.first()?.organisation.as_deref()?;
        Some(Form::Text.normal(first))
    };
    let connected = ours.connected_on.is_some() && ours.connected_on == theirs.connected_on;
    let birthday = ours.birthday.is_some() && ours.birthday == theirs.birthday;
    let organisations = (organisation(ours), organisation(theirs));
    let works = organisations.0.is_some() && organisations.0 == organisations.1;
    connected || birthday && works
}

/// What a contact says, in a form in which it is the same however it is written.
#[must_use]
pub fn content(contact: &Contact) -> Contact {
    let mut content = contact.clone();
    content.revised_at = None;
    content.values = kith_formats::Values::default();
    for (field, values) in contact.values.iter() {
        let mut values: Vec<Labelled> = values
            .iter()
            .map(|it| {
                let mut it = it.clone();
                it.types.sort();
                it
            })
            .collect();
        let form = spec(field).form;
        values.sort_by(|one, two| {
            let normal = |it: &Labelled| (form.normal(&it.value), it.value.clone());
            (normal(one), &one.types, &one.label).cmp(&(normal(two), &two.types, &two.label))
        });
        values.dedup();
        content.values.extend(field, values);
    }
    content.labels.sort();
    content.unknown.retain(|line| !says_nothing(line));
    content.unknown.sort();
    content.addresses.sort_by_key(|it| format!("{it:?}"));
    content.dates.sort_by_key(|it| format!("{it:?}"));
    content.related.sort_by_key(|it| format!("{it:?}"));
    content
}

/// Lines that tell when and by what a card was written.
fn says_nothing(line: &str) -> bool {
    let name = line.split([':', ';']).next().unwrap_or_default();
    let name = name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    matches!(
        name.as_str(),
        "REV" | "PRODID" | "VERSION" | "X-ABUID" | "X-EVOLUTION-FILE-AS"
    )
}

/// What changed from the [`content`] of one edition to that of the next, in words: `phone removed,
/// birthday changed`.
#[must_use]
pub fn differences(older: &Contact, newer: &Contact) -> String {
    let mut found = Vec::new();
    let mut note = |what: &str, before: bool, after: bool| {
        found.push(match (before, after) {
            (false, _) => format!("{what} added"),
            (true, false) => format!("{what} removed"),
            (true, true) => format!("{what} changed"),
        });
    };
    if older.name != newer.name {
        note("name", true, true);
    }
    for field in FieldName::ALL {
        let normal = |contact: &Contact| {
            let values = contact.values[field].iter();
            values
                .map(|it| spec(field).form.normal(&it.value))
                .collect::<Vec<_>>()
        };
        let (before, after) = (normal(older), normal(newer));
        let gone = before.iter().any(|it| !after.contains(it));
        let come = after.iter().any(|it| !before.contains(it));
        let label = spec(field).label.to_lowercase();
        match (gone, come) {
            (true, true) => note(&label, true, true),
            (true, false) => note(&label, true, false),
            (false, true) => note(&label, false, true),
            (false, false) => {}
        }
    }
    if older.employments != newer.employments {
        note(
            "work",
            !older.employments.is_empty(),
            !newer.employments.is_empty(),
        );
    }
    if older.birthday != newer.birthday {
        note(
            "birthday",
            older.birthday.is_some(),
            newer.birthday.is_some(),
        );
    }
    if older.notes != newer.notes {
        note("note", older.notes.is_some(), newer.notes.is_some());
    }
    if older.addresses != newer.addresses {
        note(
            "postal address",
            !older.addresses.is_empty(),
            !newer.addresses.is_empty(),
        );
    }
    if older.labels != newer.labels {
        note("labels", true, true);
    }
    if found.is_empty() {
        found.push("details changed".to_owned());
    }
    found.join(", ")
}
