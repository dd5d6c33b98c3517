//! Reading in one line, for tests.

use std::io::Cursor;

use kith_formats::{Contact, Content, Entry, Format, FormatError, Limits, Message, Reader, read};

pub(crate) fn open(format: Format, bytes: impl Into<Vec<u8>>) -> Result<Reader, FormatError> {
    read(
        format,
        Box::new(Cursor::new(bytes.into())),
        Limits::default(),
    )
}

/// Every entry; fails if the file ends in an error.
pub(crate) fn entries(format: Format, bytes: impl Into<Vec<u8>>) -> Vec<Entry> {
    open(format, bytes)
        .unwrap()
        .map(|entry| entry.unwrap())
        .collect()
}

/// Every contact; fails if any entry is anything else.
pub(crate) fn contacts(format: Format, bytes: impl Into<Vec<u8>>) -> Vec<Contact> {
    let contact = |entry: Entry| match entry.content {
        Content::Contact(contact) => *contact,
        other => panic!("{}: {other:?}", entry.position),
    };
    entries(format, bytes).into_iter().map(contact).collect()
}

/// The file's one contact.
pub(crate) fn contact(format: Format, bytes: impl Into<Vec<u8>>) -> Contact {
    let mut contacts = contacts(format, bytes);
    assert_eq!(contacts.len(), 1, "{contacts:?}");
    contacts.remove(0)
}

/// Every message; fails if any entry is anything else.
pub(crate) fn messages(format: Format, bytes: impl Into<Vec<u8>>) -> Vec<Message> {
    let message = |entry: Entry| match entry.content {
        Content::Message(message) => *message,
        other => panic!("{}: {other:?}", entry.position),
    };
    entries(format, bytes).into_iter().map(message).collect()
}

/// The error that reading the file ends in.
pub(crate) fn error(format: Format, bytes: impl Into<Vec<u8>>) -> String {
    match open(format, bytes) {
        Err(error) => error.to_string(),
        Ok(reader) => {
            let last = reader.last().expect("at least the error");
            last.expect_err("an error at the end").to_string()
        }
    }
}

/// Place and reason of every rejection.
pub(crate) fn rejections(entries: &[Entry]) -> Vec<(String, String)> {
    let rejection = |entry: &Entry| match &entry.content {
        Content::Rejected { reason } => Some((entry.position.to_string(), reason.clone())),
        _ => None,
    };
    entries.iter().filter_map(rejection).collect()
}

pub(crate) fn values(labelled: &[kith_formats::Labelled]) -> Vec<&str> {
    labelled
        .iter()
        .map(|labelled| labelled.value.as_str())
        .collect()
}
