//! LinkedIn's "Get a copy of your data": the ZIP archive, or one CSV file out of it.
//!
//! | file | gives |
//! |---|---|
//! | `Connections.csv`, `Contacts.csv`, `ImportedContacts.csv` | contacts |
//! | `messages.csv`, `Invitations.csv` | messages: who, whom and when, never the text |
//!
//! The export holds depth 1 only: nothing in it says who knows whom beyond its owner.

mod archive;
mod correspondence;
mod directory;
mod headers;
mod people;

use std::{
    io::{Read, Seek, SeekFrom},
    sync::Arc,
};

use crate::{
    catalogue::{FormatSpec, Likeness, Source, SourceClass},
    entry::{Content, Entry, Limits},
    error::FormatError,
    reader::{Entries, ReadSeek},
    table::{Columns, Row, Table},
    text::TextSource,
};
use archive::Archive;
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
    looks_like: |head| {
        if head.bytes.starts_with(b"PK\x03\x04") {
            return Some(Likeness::Magic);
        }
        headers::find(head.text.as_bytes()).map(|_| Likeness::Columns)
    },
    read,
};

/// Begins to read an archive or a single table.
pub(crate) fn read(
    mut source: Box<dyn ReadSeek + Send>,
    limits: Limits,
) -> Result<Entries, FormatError> {
    let start = source.stream_position()?;
    let mut magic = Vec::new();
    source.by_ref().take(4).read_to_end(&mut magic)?;
    source.seek(SeekFrom::Start(start))?;
    if magic.starts_with(b"PK") {
        return Ok(Box::new(Archive::open(source, limits)?));
    }
    let source = TextSource::new(Box::new(source))?;
    Ok(Box::new(open_table(source, None, limits)?))
}

/// One table of the export, as entries.
struct TableEntries {
    table: Table,
    parse: RowParser,
}

type RowParser = Box<dyn FnMut(&mut Row) -> Content + Send>;

fn open_table(
    source: TextSource,
    member: Option<Arc<str>>,
    limits: Limits,
) -> Result<TableEntries, FormatError> {
    let (kind, table) = Table::open(source, headers::find, HEADERS, member, limits)?;
    let parse = parser(kind, &table.columns);
    Ok(TableEntries { table, parse })
}

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
