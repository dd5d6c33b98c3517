//! vCards 2.1, 3.0 and 4.0, as the standards and as the world write them.
//!
//! `groups` looks for the names of groups; `cards` cuts a file into cards; `properties` unfolds and decodes a card's lines, which is where
//! the dialects differ; the `calcard` library reads the grammar of the clean lines; `contact`
//! makes a contact of it all.

mod cards;
mod complete;
mod contact;
mod dialects;
mod grammar;
mod groups;
mod labels;
mod properties;
mod quoted;

use crate::{
    catalogue::{FormatSpec, Likeness, Source, SourceClass},
    charset::decode_as,
    entry::{Content, Entry, Limits},
    error::FormatError,
    reader::{Entries, ReadSeek},
    text::TextSource,
};
use cards::{Cards, Cut};
use groups::Groups;

const EXPECTED: &str = "vCards, each from BEGIN:VCARD to END:VCARD";

static VCARD: Source = Source {
    name: "vcard",
    label: "vCard",
    class: SourceClass::AddressBook,
};

pub(crate) const SPEC: FormatSpec = FormatSpec {
    name: "vcard",
    label: "vCard",
    source: &VCARD,
    expected: EXPECTED,
    looks_like: |head| {
        let begins_card = |line: &str| line.trim().eq_ignore_ascii_case("BEGIN:VCARD");
        head.text.lines().any(begins_card).then_some(Likeness::Line)
    },
    read,
};

/// Begins to read a vCard file.
pub(crate) fn read(
    mut source: Box<dyn ReadSeek + Send>,
    limits: Limits,
) -> Result<Entries, FormatError> {
    let groups = Groups::of(&mut *source)?;
    let source = TextSource::new(Box::new(source))?;
    if source.head().trim_ascii().is_empty() && source.head().len() < 1 << 10 {
        return Err(FormatError::Empty { expected: EXPECTED });
    }
    let mut cards = Cards::new(source, limits.max_record_bytes);
    Ok(Box::new(std::iter::from_fn(move || {
        let Cut {
            position,
            bytes,
            fault,
        } = match cards.next_cut() {
            Ok(cut) => cut?,
            Err(error) => return Some(Err(error.into())),
        };
        let content = match fault {
            Some(fault) => Content::Rejected { reason: fault },
            None => contact::from_card(&bytes, cards.legacy(), limits, &groups),
        };
        let kept = &bytes[..bytes.len().min(limits.max_raw_bytes)];
        let raw = crate::entry::bounded(
            decode_as(kept, cards.legacy()).into_owned(),
            limits.max_raw_bytes,
        );
        let bytes_done = cards.taken_bytes();
        Some(Ok(Entry {
            position,
            bytes_done,
            raw,
            content,
        }))
    })))
}
