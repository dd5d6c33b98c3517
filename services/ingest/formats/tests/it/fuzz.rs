//! No bytes make a parser panic, hang, or pass its bounds; and what is written is read back.
//!
//! By default a few hundred cases each. With `KITH_FUZZ_SECONDS` set, each property goes on until
//! that many seconds have passed.

use std::{
    io::Cursor,
    time::{Duration, Instant},
};

use kith_formats::{Contact, Content, Entry, FieldName, Format, FormatError, Limits, detect, read};
use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};

use crate::{
    archive::{Packing, zip},
    corpus, support,
};

const LIMITS: Limits = Limits {
    max_records: 100_000,
    max_record_bytes: 64 << 10,
    max_raw_bytes: 1 << 10,
    max_photo_bytes: 1 << 10,
    max_members: 20,
    max_member_bytes: 1 << 20,
    max_archive_bytes: 2 << 20,
    max_inflate_ratio: 100,
};

/// Runs a property for as many cases, or for as long, as wanted.
fn check<S: Strategy>(
    strategy: &S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError> + Copy,
) {
    let seconds = std::env::var("KITH_FUZZ_SECONDS").ok();
    let seconds = seconds
        .map(|it| it.parse().expect("a number of seconds"))
        .unwrap_or(0);
    let until = Instant::now() + Duration::from_secs(seconds);
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    loop {
        TestRunner::new(config.clone())
            .run(strategy, property)
            .unwrap();
        if Instant::now() >= until {
            return;
        }
    }
}

/// Reads to the end and holds every promise against it.
fn drain(format: Format, bytes: &[u8]) -> Result<Vec<Entry>, FormatError> {
    let size = bytes.len() as u64;
    let (mut entries, mut done) = (Vec::new(), 0);
    for entry in read(format, Box::new(Cursor::new(bytes.to_vec())), LIMITS)? {
        let entry = entry?;
        assert!(entry.raw.len() <= LIMITS.max_raw_bytes);
        assert!(
            (done..=size).contains(&entry.bytes_done),
            "{} of {size}",
            entry.bytes_done
        );
        done = entry.bytes_done;
        match &entry.content {
            Content::Contact(contact) => assert!(!contact.names_nobody()),
            Content::Message(message) => {
                let all = std::iter::once(&message.from)
                    .chain(&message.to)
                    .chain(&message.cc);
                assert!(all.into_iter().all(|end| !end.address.is_empty()));
            }
            Content::LeftOut { reason, .. } | Content::Rejected { reason } => {
                assert!(!reason.is_empty());
            }
        }
        entries.push(entry);
        assert!(entries.len() as u64 <= size, "more records than bytes");
    }
    assert!(!entries.is_empty(), "silent success");
    Ok(entries)
}

fn hold(bytes: &[u8]) -> Result<(), TestCaseError> {
    let _ = detect("file", bytes);
    for format in Format::ALL {
        let (once, again) = (drain(format, bytes), drain(format, bytes));
        match (once, again) {
            (Ok(once), Ok(again)) => prop_assert_eq!(once, again),
            (Err(once), Err(again)) => prop_assert_eq!(once.to_string(), again.to_string()),
            (once, again) => prop_assert!(false, "{once:?} and then {again:?}"),
        }
    }
    Ok(())
}

#[test]
fn arbitrary_bytes_are_survived() {
    check(&prop::collection::vec(any::<u8>(), 0..2_000), |bytes| {
        hold(&bytes)
    });
}

/// Pieces that the grammars are made of.
const PIECES: [&str; 48] = [
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    ",",
    ";",
    ":",
    ".",
    "=",
    "\"",
    "\\",
    "\\n",
    "--0509",
    "1604-05-09",
    "BEGIN:VCARD\n",
    "END:VCARD\n",
    "VERSION:2.1\n",
    "AGENT:\n",
    "item1.",
    "X-ABLabel:",
    "FN:Ada\n",
    "PHOTO;ENCODING=BASE64:",
    "/9j/4AAQ",
    ";ENCODING=QUOTED-PRINTABLE",
    ";CHARSET=UTF-16LE",
    "=C3=BC",
    "=\n",
    "=3B",
    "BDAY:",
    "ADR:;;",
    "N:",
    "ORG:Acme;",
    "TEL;CELL:1\n",
    "From a@b.org Sun Feb 15 00:04:28 2026\n",
    "From: Ada <a@b.org>\n",
    "To: ",
    "Date: Sun, 15 Feb 2026 00:04:28 +0000\n",
    "=?UTF-8?Q?=C3=BC?=",
    "(",
    ")",
    "<a@b.org>",
    "\u{feff}",
    "é",
    "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n",
    "First Name,Last Name,File As,Labels,E-mail 1 - Value\n",
    "CONVERSATION ID,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE\n",
    " ::: ",
];

#[test]
fn pieces_of_every_grammar_in_any_order_are_survived() {
    let pieces = prop::collection::vec(select(PIECES.to_vec()), 0..60);
    check(&pieces, |pieces| hold(pieces.concat().as_bytes()));
    let archive = prop::collection::vec(select(PIECES.to_vec()), 0..60);
    check(&archive, |pieces| {
        let table = pieces.concat();
        hold(&zip(&[(
            "Connections.csv",
            table.as_bytes(),
            Packing::Deflate,
        )]))
    });
}

/// What may happen to a file.
#[derive(Debug, Clone)]
enum Mutation {
    Set(Index, u8),
    Cut(Index),
    Remove(Index, usize),
    Repeat(Index, usize),
    Insert(Index, &'static str),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        any::<Index>().prop_map(Mutation::Cut),
        (any::<Index>(), 1..200_usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        (any::<Index>(), 1..200_usize).prop_map(|(at, count)| Mutation::Repeat(at, count)),
        (any::<Index>(), select(PIECES.to_vec())).prop_map(|(at, it)| Mutation::Insert(at, it)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: Mutation) {
    if bytes.is_empty() {
        return;
    }
    let (length, place) = (bytes.len(), |at: Index| at.index(bytes.len()));
    match mutation {
        Mutation::Set(at, byte) => bytes[at.index(length)] = byte,
        Mutation::Cut(at) => bytes.truncate(place(at)),
        Mutation::Remove(at, count) => {
            let at = place(at);
            bytes.drain(at..(at + count).min(length));
        }
        Mutation::Repeat(at, count) => {
            let at = place(at);
            let again = bytes[at..(at + count).min(length)].to_vec();
            bytes.splice(at..at, again);
        }
        Mutation::Insert(at, piece) => {
            let at = place(at);
            bytes.splice(at..at, piece.bytes());
        }
    }
}

#[test]
fn kept_files_mutated_at_random_are_survived() {
    let files = corpus::files()
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect::<Vec<_>>();
    let cases = (select(files), prop::collection::vec(mutation(), 1..8));
    check(&cases, |(mut bytes, mutations)| {
        mutations
            .into_iter()
            .for_each(|mutation| mutate(&mut bytes, mutation));
        hold(&bytes)
    });
}

/// Text that a person might write, line ends and separators among it.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-ZäöüÅéß0-9,;:\\\\\"'=.@()<>!?/_🦉-][a-zA-ZäöüÅéß0-9,;:\\\\\"'=.@()<>!?/_🦉 \n-]{0,40}[a-z0-9äß]"
}

fn escape(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace(',', "\\,")
        .replace(';', "\\;");
    escaped.replace('\n', "\\n")
}

fn single_blanks(text: &str) -> String {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// As a name is kept: on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Folds a line after every 20 characters.
fn fold(line: &str) -> String {
    let characters = line.chars().collect::<Vec<_>>();
    let pieces = characters
        .chunks(20)
        .map(|piece| piece.iter().collect::<String>());
    pieces.collect::<Vec<_>>().join("\r\n ")
}

#[test]
fn what_is_written_as_a_vcard_is_read_back() {
    let texts = (text(), text(), text(), text(), text());
    check(&texts, |(given, family, note, city, organisation)| {
        let lines = [
            format!("N:{};{};;;", escape(&family), escape(&given)),
            format!("FN:{}", escape(&given)),
            format!("NOTE:{}", escape(&note)),
            format!("ADR;TYPE=HOME:;;;{};;;", escape(&city)),
            format!("ORG:{};Engines", escape(&organisation)),
            format!("NICKNAME:{},second", escape(&city)),
        ];
        let lines = lines
            .iter()
            .map(|line| fold(line) + "\r\n")
            .collect::<String>();
        let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}END:VCARD\r\n");
        let read: Contact = support::contact(Format::Vcard, card);
        prop_assert_eq!(read.name.family, Some(one_line(&family)));
        prop_assert_eq!(read.name.given, Some(one_line(&given)));
        prop_assert_eq!(read.name.full, one_line(&given));
        prop_assert_eq!(read.notes, Some(note));
        prop_assert_eq!(read.addresses[0].city.as_ref(), Some(&city));
        // In lists the library makes one blank of several.
        prop_assert_eq!(
            single_blanks(&read.values[FieldName::Nickname][0].value),
            single_blanks(&city)
        );
        prop_assert_eq!(&read.values[FieldName::Nickname][1].value, "second");
        prop_assert_eq!(
            read.employments[0].organisation.clone(),
            Some(one_line(&organisation))
        );
        Ok(())
    });
}

#[test]
fn what_is_written_as_quoted_printable_is_read_back() {
    check(&(text(), text()), |(family, note)| {
        let encode = |text: &str, separators: &str| {
            let encode = |(at, byte)| match byte {
                // A blank that begins a line could be the folding's.
                b' ' if at % 9 == 0 => "=20".to_owned(),
                b'\n' => "=0D=0A".to_owned(),
                b'=' | 0x80.. => format!("={byte:02X}"),
                byte if separators.contains(char::from(byte)) => format!("\\{}", char::from(byte)),
                byte => char::from(byte).to_string(),
            };
            let pieces = text.bytes().enumerate().map(encode).collect::<Vec<_>>();
            pieces
                .chunks(9)
                .map(|line| line.concat())
                .collect::<Vec<_>>()
                .join("=\r\n")
        };
        let card = format!(
            "BEGIN:VCARD\r\nVERSION:2.1\r\n\
             N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{};Ada\r\n\
             NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:{}\r\nEND:VCARD\r\n",
            encode(&family, ";\\"),
            encode(&note, "\\"),
        );
        let read = support::contact(Format::Vcard, card);
        prop_assert_eq!(read.name.family, Some(one_line(&family)));
        prop_assert_eq!(read.notes, Some(note));
        Ok(())
    });
}

#[test]
fn what_is_written_as_csv_is_read_back() {
    check(
        &prop::collection::vec(
            (
                text(),
                text(),
                "[a-z0-9äß][a-z0-9äß._'+-]{0,19}@[a-zä]{1,9}\\.org",
            ),
            1..6,
        ),
        |rows| {
            let quote = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
            let row = |(given, notes, email): &(String, String, String)| {
                format!(
                    "{},L,{},* myContacts,{}\r\n",
                    quote(given),
                    quote(notes),
                    quote(email)
                )
            };
            let header = "First Name,Last Name,Notes,Labels,E-mail 1 - Value\r\n";
            let file = header.to_owned() + &rows.iter().map(row).collect::<String>();
            let read = support::contacts(Format::GoogleCsv, file);
            prop_assert_eq!(read.len(), rows.len());
            for (read, (given, notes, email)) in read.into_iter().zip(rows) {
                prop_assert_eq!(read.name.given, Some(one_line(&given)));
                prop_assert_eq!(read.notes, Some(notes));
                prop_assert_eq!(&read.values[FieldName::Email][0].value, &email);
            }
            Ok(())
        },
    );
}
