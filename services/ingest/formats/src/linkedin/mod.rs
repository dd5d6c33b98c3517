//! LinkedIn's "Get a copy of your data": the CSV files of its ZIP archive.
//!
//! | file | gives |
//! |---|---|
//! | `Connections.csv`, `Contacts.csv`, `ImportedContacts.csv` | contacts |
//! | `messages.csv`, `Invitations.csv` | messages: who, whom and when, never the text |
//!
//! The export holds depth 1 only: nothing in it says who knows whom beyond its owner.

mod correspondence;
mod headers;
mod people;

use crate::{
    catalogue::{FormatSpec, Likeness, Source, SourceClass},
    entry::{Content, Entry, Limits},
    error::FormatError,
    reader::{Entries, ReadSeek},
    table::{Columns, Row, Table},
    text::TextSource,
};
pub(crate) use headers::{FAMILY, GIVEN};
use headers::{HEADERS, Kind};

static LINKEDIN: Source = Source {
    name: "linkedin",
    label: "LinkedIn",
    class: SourceClass::Network,
};

pub(crate) const SPEC: FormatSpec = FormatSpec {
    name: "linkedin",
    label: "LinkedIn",
    source: &LINKEDIN,
    expected: "a LinkedIn export: its ZIP archive, or Connections.csv with the columns \
               First Name, Last Name, …, Connected On",
    looks_like: |head| headers::find(head.text.as_bytes()).map(|_| Likeness::Columns),
    read,
};

/// Begins to read one of the export's tables.
pub(crate) fn read(
    source: Box<dyn ReadSeek + Send>,
    limits: Limits,
) -> Result<Entries, FormatError> {
    let source = TextSource::new(Box::new(source))?;
    let (kind, table) = Table::open(source, headers::find, HEADERS, limits)?;
    let parse = parser(kind, &table.columns);
    Ok(Box::new(TableEntries { table, parse }))
}

/// One table of the export, as entries.
struct TableEntries {
    table: Table,
    parse: RowParser,
}

type RowParser = Box<dyn FnMut(&mut Row) -> Content + Send>;

fn parser(kind: Kind, columns: &Columns) -> RowParser {
    match kind {
        Kind::Connections => people::connections(people::ConnectionColumns::by_name(columns)),
        Kind::ConnectionsByPlace => people::connections(people::ConnectionColumns::BY_PLACE),
        Kind::Contacts => people::contacts(columns),
        Kind::Messages => correspondence::messages(columns),
        Kind::Invitations => correspondence::invitations(columns),
    }
}

impl Iterator for TableEntries {
    type Item = Result<Entry, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = match self.table.next_row()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        let content = match row.fault.take() {
            Some(fault) => Content::Rejected { reason: fault },
            None => (self.parse)(&mut row),
        };
        let bytes_done = self.table.taken_bytes();
        Some(Ok(Entry {
            position: row.position,
            bytes_done,
            raw: row.raw,
            content,
        }))
    }
}
