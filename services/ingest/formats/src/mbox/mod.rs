//! Mailbox files: who wrote to whom and when. Bodies are passed over, never held.
//!
//! `scan` finds where messages begin and takes the headers that matter; `headers` makes a message
//! of them, or says why it is left out.

mod headers;
mod scan;

use crate::{
    catalogue::{FormatSpec, Likeness, Source, SourceClass},
    charset,
    entry::{Content, Entry, Limits, Position, bounded},
    error::FormatError,
    reader::{Entries, ReadSeek},
};
use headers::HeaderReader;
use scan::Scanner;

/// The heads of mails.
pub static MAIL: Source = Source {
    name: "mail",
    label: "Mail",
    class: SourceClass::Correspondence,
};

pub(crate) const SPEC: FormatSpec = FormatSpec {
    name: "mbox",
    label: "Mail archive",
    source: &MAIL,
    expected: "an mbox file, each message after a line `From address date`",
    looks_like: |head| begins(head.text.as_bytes()).then_some(Likeness::FirstLine),
    read,
};

/// Whether a text begins as a mailbox file does.
fn begins(head: &[u8]) -> bool {
    scan::is_separator(head.trim_ascii_start(), true) == Some(true)
}

/// Begins to read a mailbox file.
pub(crate) fn read(
    source: Box<dyn ReadSeek + Send>,
    limits: Limits,
) -> Result<Entries, FormatError> {
    let mut scanner = Scanner::new(source, limits.max_record_bytes);
    scanner.find_first()?;
    let headers = HeaderReader::new();
    let mut ordinal = 0;
    Ok(Box::new(std::iter::from_fn(move || {
        let block = match scanner.next_message() {
            Ok(block) => block?,
            Err(error) => return Some(Err(error.into())),
        };
        ordinal += 1;
        let raw = charset::decode(&block.kept).into_owned();
        let content = match block.fault {
            Some(fault) => Content::Rejected { reason: fault },
            None => headers.content(&raw, &block.separator),
        };
        Some(Ok(Entry {
            position: Position::Message(ordinal),
            bytes_done: scanner.done_bytes(),
            raw: bounded(raw, limits.max_raw_bytes),
            content,
        }))
    })))
}
