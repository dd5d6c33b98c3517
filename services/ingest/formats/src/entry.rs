//! One record of a file: where it stands, what it said, and what became of it.

use std::{fmt, sync::Arc};

use crate::model::{Contact, Message};

/// What a parser may use. The defaults hold every real export seen so far with room to spare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most records of a file, whatever becomes of them; the file ends in an error behind them.
    pub max_records: u64,
    /// Largest record (card, row, header block of a mail), in bytes; a longer one is refused.
    pub max_record_bytes: usize,
    /// How much of a record is kept verbatim in [`Entry::raw`], in bytes.
    pub max_raw_bytes: usize,
    /// Largest picture kept, in bytes; a larger one is dropped, the contact stays.
    pub max_photo_bytes: usize,
    /// Most members in an archive.
    pub max_members: usize,
    /// Largest inflated size of one member of an archive, in bytes.
    pub max_member_bytes: u64,
    /// Largest inflated size of all members read from an archive, in bytes.
    pub max_archive_bytes: u64,
    /// Largest inflated size of all members read from an archive as a multiple of their packed
    /// size, beyond the first MiB.
    pub max_inflate_ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_records: 1_000_000,
            max_record_bytes: 8 << 20,
            max_raw_bytes: 1 << 20,
            max_photo_bytes: 4 << 20,
            max_members: 10_000,
            max_member_bytes: 1 << 30,
            max_archive_bytes: 2 << 30,
            max_inflate_ratio: 100,
        }
    }
}

/// Longest label of a record, and longest reason why it was not taken, in bytes.
const MAX_LABEL_BYTES: usize = 500;
const MAX_REASON_BYTES: usize = 1_000;

/// One record of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where the record stands.
    pub position: Position,
    /// Bytes of the file taken so far, for a progress bar; never more than the file's size.
    pub bytes_done: u64,
    /// The record verbatim (line ends made `\n`, text made UTF-8), at most
    /// [`Limits::max_raw_bytes`]. Of a message only who, when and where it was filed: never text.
    pub raw: String,
    /// What became of it.
    pub content: Content,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Contact(Box<Contact>),
    Message(Box<Message>),
    /// Understood, and left out on purpose.
    LeftOut {
        /// What a person would recognise it by; may be empty.
        label: String,
        /// Why, as a clause: `a draft`, `bulk mail (List-Id)`.
        reason: String,
    },
    /// Not understood. Reading goes on with the next record.
    Rejected {
        /// What was wrong and what was expected.
        reason: String,
    },
}

impl Content {
    pub(crate) fn rejected(reason: impl Into<String>) -> Self {
        Self::Rejected {
            reason: bounded(reason.into(), MAX_REASON_BYTES),
        }
    }

    pub(crate) fn left_out(label: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::LeftOut {
            label: bounded(label.into(), MAX_LABEL_BYTES),
            reason: bounded(reason.into(), MAX_REASON_BYTES),
        }
    }

    /// A contact, unless it names nobody.
    pub(crate) fn contact(mut contact: Contact) -> Self {
        contact.tidy();
        contact.bound();
        if contact.names_nobody() {
            return Self::rejected(
                "names nobody: expected a name, an e-mail address, a phone number or a profile URL",
            );
        }
        Self::Contact(Box::new(contact))
    }
}

/// Where a record stands in its file, as a person would look it up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Position {
    /// Line of a text on which the record begins, counted from 1.
    Line(u64),
    /// The n-th card of a vCard file, counted from 1.
    Card {
        /// Ordinal of the card.
        card: u64,
        /// Line on which it begins, counted from 1.
        line: u64,
    },
    /// The n-th message of an mbox file, counted from 1.
    Message(u64),
    /// Within a member of an archive, or the whole member.
    Member {
        /// Its name.
        member: Arc<str>,
        /// Where in it.
        place: Option<Box<Position>>,
    },
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Member {
                member,
                place: None,
            } => write!(f, "{member}"),
            Self::Member {
                member,
                place: Some(place),
            } => write!(f, "{member}, {place}"),
            Self::Card { card, line } => write!(f, "card {card} (line {line})"),
            Self::Message(message) => write!(f, "message {message}"),
        }
    }
}

/// Cuts a text to at most `max_bytes`, between characters, and gives back the room of the rest.
pub(crate) fn bounded(mut text: String, max_bytes: usize) -> String {
    if text.len() > max_bytes {
        text.truncate(text.floor_char_boundary(max_bytes));
        text.shrink_to_fit();
    }
    text
}
