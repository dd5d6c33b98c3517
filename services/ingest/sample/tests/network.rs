//! The made-up network, seen through the parsers that an import uses.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::Cursor,
};

use jiff::civil::{Date, date};
use kith_formats::{Contact, Content, Entry, FieldName, Format, Limits, Mailbox, Message};
use kith_sample::{Network, Persona, PersonaFiles};

const TODAY: Date = date(2026, 3, 1);

fn persona(name: &str) -> Persona {
    let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
    Persona {
        name: name.to_owned(),
        email,
    }
}

fn generate(seed: u64) -> Vec<PersonaFiles> {
    let others = [
        "Charles Sample",
        "Mary Sample",
        "George Sample",
        "Annabella Sample",
        "Michael Sample",
    ];
    Network::generate(seed, &persona("Grace Sample"), &others.map(persona), TODAY)
}

fn read(format: Format, bytes: &[u8]) -> Vec<Entry> {
    let source = Box::new(Cursor::new(bytes.to_vec()));
    let entries = kith_formats::read(format, source, Limits::default()).unwrap();
    entries.map(|entry| entry.unwrap()).collect()
}

fn contacts(files: &PersonaFiles) -> Vec<Contact> {
    let entries = read(Format::LinkedIn, &files.connections_csv).into_iter();
    let contact = |entry: Entry| match entry.content {
        Content::Contact(contact) => *contact,
        other => panic!("{}: {other:?}", entry.position),
    };
    entries.map(contact).collect()
}

fn messages(files: &PersonaFiles) -> (Vec<Message>, usize) {
    let (mut messages, mut left_out) = (Vec::new(), 0);
    for entry in read(Format::Mbox, &files.mbox) {
        match entry.content {
            Content::Message(message) => messages.push(*message),
            Content::LeftOut { .. } => left_out += 1,
            other => panic!("{}: {other:?}", entry.position),
        }
    }
    (messages, left_out)
}

/// A book's ties by e-mail address, or by profile where there is none.
fn ties(files: &PersonaFiles) -> BTreeSet<(String, String)> {
    let mut ties = BTreeSet::new();
    let owner = &files.persona.email;
    let mut tie = |a: &str, b: &str| {
        if a != b {
            ties.insert(if a < b {
                (a.to_owned(), b.to_owned())
            } else {
                (b.to_owned(), a.to_owned())
            });
        }
    };
    for contact in contacts(files) {
        let key = contact.values[FieldName::Email]
            .first()
            .unwrap_or(&contact.values[FieldName::Url][0]);
        tie(owner, &key.value);
    }
    for message in messages(files).0 {
        let everyone = std::iter::once(&message.from)
            .chain(&message.to)
            .chain(&message.cc);
        let everyone = everyone
            .map(|end: &Mailbox| end.address.as_str())
            .collect::<Vec<_>>();
        assert!((2..=5).contains(&everyone.len()));
        for a in &everyone {
            everyone.iter().for_each(|b| tie(a, b));
        }
    }
    ties
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    assert_eq!(generate(7), generate(7));
    assert_ne!(generate(7)[0].mbox, generate(8)[0].mbox);
}

#[test]
fn every_book_has_its_people_and_its_bulk_and_nothing_is_rejected() {
    let books = generate(7);
    assert_eq!(books.len(), 6);
    let mut people = 0;
    for files in &books {
        let count = contacts(files).len();
        assert!((300..=400).contains(&count), "{count}");
        people += count;
        let (messages, left_out) = messages(files);
        assert!(left_out >= 40, "{left_out}");
        let latest = messages.iter().map(|message| message.date).max().unwrap();
        assert!(latest < TODAY.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp());
    }
    assert!((1_950..=2_150).contains(&people), "{people}");
}

#[test]
fn there_are_about_fifteen_thousand_ties_in_all() {
    let ties = generate(7)
        .iter()
        .map(|files| ties(files).len())
        .sum::<usize>();
    assert!((14_500..=15_500).contains(&ties), "{ties}");
}

#[test]
fn books_overlap() {
    let books = generate(7);
    let profiles = books.iter().map(|files| {
        contacts(files)
            .into_iter()
            .map(|it| it.values[FieldName::Url][0].value.clone())
            .collect::<BTreeSet<_>>()
    });
    let profiles = profiles.collect::<Vec<_>>();
    for (a, b) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 4), (2, 5)] {
        let shared = profiles[a].intersection(&profiles[b]).count();
        assert!(shared >= 20, "{a} and {b} share {shared}");
    }
}

/// Steps from the asker to everyone.
fn steps(books: &[PersonaFiles]) -> BTreeMap<String, usize> {
    let mut neighbours: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (a, b) in books.iter().flat_map(ties) {
        neighbours.entry(a.clone()).or_default().push(b.clone());
        neighbours.entry(b).or_default().push(a);
    }
    let asker = books[0].persona.email.clone();
    let mut steps = BTreeMap::from([(asker.clone(), 0)]);
    let mut queue = VecDeque::from([asker]);
    while let Some(at) = queue.pop_front() {
        for next in &neighbours[&at] {
            if !steps.contains_key(next) {
                steps.insert(next.clone(), steps[&at] + 1);
                queue.push_back(next.clone());
            }
        }
    }
    steps
}

#[test]
fn ada_lovelace_of_acme_and_many_others_are_three_steps_away() {
    for seed in [1, 7, 42] {
        let books = generate(seed);
        let ada = books
            .iter()
            .flat_map(contacts)
            .filter(|it| it.name.full == "Ada Lovelace");
        let ada = ada.collect::<Vec<_>>();
        assert!(!ada.is_empty());
        assert!(
            ada.iter()
                .all(|it| it.employments[0].organisation.as_deref() == Some("Acme"))
        );
        let steps = steps(&books);
        assert_eq!(steps[&ada[0].values[FieldName::Email][0].value], 3);
        let far = steps.values().filter(|steps| **steps == 3).count();
        assert!(far >= 400, "{far}");
    }
}
