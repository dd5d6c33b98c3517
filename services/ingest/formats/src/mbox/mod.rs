//! Mailbox files: who wrote to whom and when. Bodies are passed over, never held.
//!
//! | module | holds |
//! |---|---|
//! | `scan` | where messages begin, and the headers of each that matter |
//! | `single` | a mail in a file of its own |
//! | `headers` | makes a message of headers |
//! | `when` | when a mail was sent |
//! | `junk`, `lists` | why a mail is left out: by its headers, by its addresses |

mod headers;
mod junk;
mod lists;
mod scan;
mod single;
mod when;

use crate::{
    catalogue::{FormatSpec, Likeness, Source, SourceClass},
    charset,
    entry::{Content, Entry, Limits, Position, bounded},
    error::FormatError,
    reader::{Entries, ReadSeek},
};
use encoding_rs::WINDOWS_1252;
use headers::HeaderReader;
use lists::Lists;
use scan::Scanner;
pub(crate) use single::lacks_date;

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
    expected: "mail: an mbox file, each message after a line `From address date`, or one mail (.eml)",
    looks_like: |head| {
        let begins_mail = || single::begins(head.text.as_bytes()).is_some();
        (begins(head.text.as_bytes()) || begins_mail()).then_some(Likeness::FirstLine)
    },
    read,
};

/// Whether a text begins as a mailbox file does.
fn begins(head: &[u8]) -> bool {
    scan::is_separator(head.trim_ascii_start(), true) == Some(true)
}

/// Begins to read a mailbox file.
pub(crate) fn read(
    mut source: Box<dyn ReadSeek + Send>,
    limits: Limits,
) -> Result<Entries, FormatError> {
    let lists = Lists::of(&mut *source)?;
    let mut scanner = Scanner::new(source, limits.max_record_bytes);
    scanner.find_first()?;
    let mut headers = HeaderReader::new(lists);
    let mut ordinal = 0;
    Ok(Box::new(std::iter::from_fn(move || {
        let block = match scanner.next_message() {
            Ok(block) => block?,
            Err(error) => return Some(Err(error.into())),
        };
        ordinal += 1;
        let raw = decoded(&block.kept);
        let content = match block.fault {
            Some(fault) => Content::Rejected { reason: fault },
            None => headers.content(&format!("{raw}{}", decoded(&block.seen)), &block.separator),
        };
        Some(Ok(Entry {
            position: Position::Message(ordinal),
            bytes_done: scanner.done_bytes(),
            raw: bounded(raw, limits.max_raw_bytes),
            content,
        }))
    })))
}

/// Headers as text, each line by itself, since each may be of another program.
fn decoded(headers: &[u8]) -> String {
    let legacy = charset::guess(headers).unwrap_or(WINDOWS_1252);
    let lines = headers.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| charset::decode_as(line, legacy)).collect()
}
