//! Google Contacts as CSV, in the columns of 2024 and in the older ones.
//!
//! `columns` sorts a header into single columns and numbered groups (`E-mail 1 - Value`);
//! `contact` makes a contact of a row.

mod columns;
mod contact;

use crate::{
    catalogue::{FormatSpec, Likeness, Source, SourceClass},
    entry::{Content, Entry, Limits},
    error::FormatError,
    reader::{Entries, ReadSeek},
    table::{self, HeaderRule, Table},
    text::TextSource,
};
use columns::GoogleColumns;

pub(crate) const HEADERS: &[HeaderRule<()>] = &[
    HeaderRule {
        kind: (),
        example: "First Name,Middle Name,Last Name,…,File As,…,Labels,…",
        needs: &[&["firstname"], &["lastname"], &["fileas"]],
    },
    HeaderRule {
        kind: (),
        example: "First Name,Middle Name,Last Name,…,Labels,E-mail 1 - Label,…",
        needs: &[&["firstname"], &["lastname"], &["labels"]],
    },
    HeaderRule {
        kind: (),
        example: "Name,Given Name,Additional Name,Family Name,…,Group Membership,…",
        needs: &[&["name"], &["givenname"], &["familyname"]],
    },
];

static GOOGLE: Source = Source {
    name: "google",
    label: "Google",
    class: SourceClass::AddressBook,
};

pub(crate) const SPEC: FormatSpec = FormatSpec {
    name: "google-csv",
    label: "Google Contacts",
    source: &GOOGLE,
    expected: "Google Contacts as CSV, with the columns First Name, Last Name, …, Labels",
    looks_like: |head| table::find_header(head.text.as_bytes(), HEADERS).map(|_| Likeness::Columns),
    read,
};

/// Begins to read a Google CSV file.
pub(crate) fn read(
    source: Box<dyn ReadSeek + Send>,
    limits: Limits,
) -> Result<Entries, FormatError> {
    let ((), mut table) = Table::open(
        TextSource::new(Box::new(source))?,
        |head| table::find_header(head, HEADERS),
        HEADERS,
        limits,
    )?;
    let columns = GoogleColumns::new(&table.columns);
    Ok(Box::new(std::iter::from_fn(move || {
        let row = match table.next_row()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        let content = match &row.fault {
            Some(fault) => Content::rejected(fault.clone()),
            None => Content::contact(contact::from_row(&row, &columns)),
        };
        let bytes_done = table.taken_bytes();
        Some(Ok(Entry {
            position: row.position,
            bytes_done,
            raw: row.raw,
            content,
        }))
    })))
}
