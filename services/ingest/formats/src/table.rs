//! CSV rows found by the names of their columns.
//!
//! The header is looked for, never assumed to be on a given line; columns are mapped by
//! normalised name, never by place; the delimiter is whichever makes a header appear.

use std::{
    collections::HashMap,
    io::{self, Read},
    sync::Arc,
};

use csv::{ByteRecord, Reader, ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, WINDOWS_1252};

use crate::{
    charset::{self, decode, decode_as},
    entry::{Limits, Position, bounded},
    error::FormatError,
    text::TextSource,
};

/// Rows looked at, and bytes of them shown in an error, when looking for the header.
const HEADER_ROWS: usize = 40;
const FOUND_BYTES: usize = 300;
/// Columns of a header that are looked at; Google's real ones have at most a few hundred.
const MAX_COLUMNS: usize = 4_096;

/// How a table of some kind is recognised: its name for people, and the columns it must have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeaderRule<K: 'static> {
    pub(crate) kind: K,
    /// A real header to show to people.
    pub(crate) example: &'static str,
    /// Normalised names, all of which must occur.
    pub(crate) needs: &'static [&'static str],
}

/// A column's name reduced to what does not drift: its letters and digits, in lower case.
pub(crate) fn normalise(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Looks for a header among the first rows of a text.
pub(crate) fn find_header<K: Copy>(head: &[u8], rules: &[HeaderRule<K>]) -> Option<(K, u8, usize)> {
    let legacy = charset::guess(head).unwrap_or(WINDOWS_1252);
    for delimiter in [b',', b';', b'\t'] {
        let mut reader = builder(delimiter).from_reader(head);
        for (row, record) in reader.byte_records().take(HEADER_ROWS).enumerate() {
            let Ok(record) = record else { break };
            let names = record
                .iter()
                .map(|cell| normalise(&decode_as(cell, legacy)))
                .collect::<Vec<_>>();
            let fits = |rule: &&HeaderRule<K>| {
                rule.needs
                    .iter()
                    .all(|need| names.iter().any(|name| name == need))
            };
            if let Some(rule) = rules.iter().find(fits) {
                return Some((rule.kind, delimiter, row));
            }
        }
    }
    None
}

fn builder(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true);
    builder
}

/// The columns of a table.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// As the file spells them.
    pub(crate) names: Vec<String>,
    by_name: HashMap<String, usize>,
}

impl Columns {
    fn new(record: &StringRecord) -> Self {
        let cells = record.iter().take(MAX_COLUMNS);
        let names = cells.map(|name| name.trim().to_owned()).collect::<Vec<_>>();
        let mut by_name = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            by_name.entry(normalise(name)).or_insert(at);
        }
        Self { names, by_name }
    }

    /// The first of these columns that exists.
    pub(crate) fn find(&self, normalised: &[&str]) -> Option<usize> {
        normalised
            .iter()
            .find_map(|name| self.by_name.get(*name).copied())
    }
}

/// One row.
pub(crate) struct Row {
    pub(crate) position: Position,
    pub(crate) raw: String,
    cells: StringRecord,
    /// The row cannot be trusted, and why.
    pub(crate) fault: Option<String>,
}

impl Row {
    /// A cell without surrounding white space; empty where the row is short.
    pub(crate) fn cell(&self, column: Option<usize>) -> &str {
        column
            .and_then(|at| self.cells.get(at))
            .unwrap_or("")
            .trim()
    }

    /// As [`Self::cell`], if there is anything in it.
    pub(crate) fn filled(&self, column: Option<usize>) -> Option<String> {
        crate::text::non_empty(self.cell(column))
    }
}

/// A CSV file behind its header.
pub(crate) struct Table {
    reader: Reader<Tee>,
    pub(crate) columns: Columns,
    record: ByteRecord,
    member: Option<Arc<str>>,
    limits: Limits,
    finished: bool,
}

impl Table {
    /// Finds the header; says which rule it fits.
    pub(crate) fn open<K: Copy>(
        source: TextSource,
        rules: &[HeaderRule<K>],
        member: Option<Arc<str>>,
        limits: Limits,
    ) -> Result<(K, Self), FormatError> {
        let Some((kind, delimiter, header_row)) = find_header(source.head(), rules) else {
            return Err(wrong_header(source.head(), rules, member));
        };
        let reader = builder(delimiter)
            .buffer_capacity(32 << 10)
            .from_reader(Tee::new(source));
        let record = ByteRecord::new();
        let columns = Columns::default();
        let mut table = Self {
            reader,
            columns,
            record,
            member,
            limits,
            finished: false,
        };
        for _ in 0..=header_row {
            table.advance()?;
        }
        table.columns = Columns::new(&text_record(&table.record, table.legacy()));
        Ok((kind, table))
    }

    /// The archive's member that this is.
    pub(crate) fn member(&self) -> Option<Arc<str>> {
        self.member.clone()
    }

    /// Bytes of the file taken so far.
    pub(crate) fn taken_bytes(&self) -> u64 {
        self.reader.get_ref().source.taken_bytes()
    }

    fn legacy(&self) -> &'static Encoding {
        self.reader.get_ref().source.legacy()
    }

    /// The next row that is not wholly empty.
    pub(crate) fn next_row(&mut self) -> Option<Result<Row, FormatError>> {
        loop {
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
            if self.record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            // Blank lines before a record count to it: they are not records of their own.
            let bytes = self.raw_bytes();
            let blank_lines = leading_blank_lines(bytes);
            let legacy = self.legacy();
            let raw = decode_as(&bytes[blank_lines..], legacy).into_owned();
            let cells = text_record(&self.record, legacy);
            let fault = self.fault(&cells, &raw);
            if self.record.len() > MAX_COLUMNS {
                // A row of nothing but commas: its places take more room than its text.
                self.record = ByteRecord::new();
            }
            let raw = bounded(raw, self.limits.max_raw_bytes);
            let position = self.position(blank_lines as u64);
            return Some(Ok(Row {
                position,
                raw,
                cells,
                fault,
            }));
        }
    }

    fn fault(&self, cells: &StringRecord, raw: &str) -> Option<String> {
        let expected = self.columns.names.len();
        if cells
            .iter()
            .skip(expected)
            .any(|cell| !cell.trim().is_empty())
        {
            return Some(format!(
                "has {} cells; expected the {expected} that the header names",
                cells.len()
            ));
        }
        // A record that ends with the file either lacks a line end or has it inside a cell.
        let ends_file = !raw.ends_with('\n')
            || cells
                .iter()
                .next_back()
                .is_some_and(|it| it.ends_with('\n'));
        if ends_file && raw.matches('"').count() % 2 == 1 {
            return Some("the file ends inside quotes; expected a closing quote".to_owned());
        }
        None
    }

    fn position(&self, blank_lines: u64) -> Position {
        let line = self.record.position().map_or(0, csv::Position::line) + blank_lines;
        Position::Line {
            member: self.member.clone(),
            line,
        }
    }

    /// The record's own bytes, line end included.
    fn raw_bytes(&self) -> &[u8] {
        let start = self.record.position().map_or(0, csv::Position::byte);
        self.reader
            .get_ref()
            .between(start, self.reader.position().byte())
    }

    fn advance(&mut self) -> Result<bool, FormatError> {
        if self.finished {
            return Ok(false);
        }
        let start = self.reader.position().clone();
        self.reader
            .get_mut()
            .begin_record(start.byte(), self.limits.max_record_bytes);
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(true),
            Ok(false) => {
                self.finished = true;
                Ok(false)
            }
            Err(error) => {
                self.finished = true;
                if self.reader.get_ref().exhausted {
                    let begun = self.reader.get_ref().between(start.byte(), u64::MAX);
                    let line = start.line() + leading_blank_lines(begun) as u64;
                    let position = Position::Line {
                        member: self.member.clone(),
                        line,
                    };
                    let limit_bytes = self.limits.max_record_bytes;
                    return Err(FormatError::RecordTooLong {
                        position: position.to_string(),
                        limit_bytes,
                    });
                }
                Err(FormatError::Io(error.into()))
            }
        }
    }
}

fn leading_blank_lines(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte == b'\n').count()
}

fn text_record(record: &ByteRecord, legacy: &'static Encoding) -> StringRecord {
    StringRecord::from_byte_record(record.clone()).unwrap_or_else(|_| {
        let cells = record.iter().map(|cell| decode_as(cell, legacy));
        cells.collect()
    })
}

fn wrong_header<K>(head: &[u8], rules: &[HeaderRule<K>], member: Option<Arc<str>>) -> FormatError {
    if head.trim_ascii().is_empty() {
        return FormatError::Empty {
            expected: "a CSV file with a header row",
        };
    }
    let text = decode(&head[..head.len().min(4 * FOUND_BYTES)]).into_owned();
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(3);
    let found = lines.map(|line| format!("`{}`", bounded(line.to_owned(), FOUND_BYTES / 3)));
    FormatError::WrongHeader {
        place: member.map_or_else(String::new, |member| format!("{member}: ")),
        found: found
            .collect::<Vec<_>>()
            .join(", ")
            .escape_debug()
            .to_string(),
        understood: rules
            .iter()
            .map(|rule| format!("`{}`", rule.example))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// Keeps what the CSV reader has taken since the current record began, so that the record can be
/// had verbatim, and refuses to feed a record beyond its limit.
struct Tee {
    source: TextSource,
    window: Vec<u8>,
    /// Offset in the text of the window's first byte.
    window_start: u64,
    /// Bytes that may still be taken for the current record.
    allowance: usize,
    exhausted: bool,
}

impl Tee {
    fn new(source: TextSource) -> Self {
        Self {
            source,
            window: Vec::new(),
            window_start: 0,
            allowance: 0,
            exhausted: false,
        }
    }

    fn begin_record(&mut self, start: u64, max_bytes: usize) {
        self.allowance = max_bytes;
        let passed = usize::try_from(start - self.window_start).unwrap_or(usize::MAX);
        // Moving the rest to the front for every record would be quadratic in the buffer's size.
        if passed > self.window.len() / 2 {
            self.window.drain(..passed.min(self.window.len()));
            self.window_start = start;
        }
    }

    fn between(&self, start: u64, end: u64) -> &[u8] {
        let at = |offset: u64| {
            usize::try_from(offset.saturating_sub(self.window_start)).unwrap_or(usize::MAX)
        };
        self.window
            .get(at(start)..at(end).min(self.window.len()))
            .unwrap_or_default()
    }
}

impl Read for Tee {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.allowance == 0 {
            self.exhausted = true;
            return Err(io::Error::other("record too long"));
        }
        let taken = self.source.read(out)?;
        self.allowance = self.allowance.saturating_sub(taken);
        self.window.extend_from_slice(&out[..taken]);
        Ok(taken)
    }
}
