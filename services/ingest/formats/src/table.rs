//! CSV rows found by the names of their columns.
//!
//! The header is looked for, never assumed to be on a given line; columns are mapped by
//! normalised name, never by place; the delimiter is whichever makes a header appear.

mod tee;

use std::{borrow::Cow, collections::HashMap};

use csv::{ByteRecord, Reader, ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, WINDOWS_1252};
use unicode_normalization::UnicodeNormalization;

use self::tee::Tee;
use crate::{
    charset::{self, decode, decode_as},
    entry::{Limits, Position, bounded},
    error::FormatError,
    foreign,
    text::{self, TextSource},
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
    /// Normalised names: of each list one must occur.
    pub(crate) needs: &'static [&'static [&'static str]],
}

/// A header, or another row, among the first rows of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<K> {
    pub(crate) kind: K,
    pub(crate) delimiter: u8,
    /// Rows before it.
    pub(crate) row: usize,
}

/// A column's name reduced to what does not drift: its letters and digits, in lower case.
pub(crate) fn normalise(name: &str) -> String {
    name.nfc()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Looks for a header among the first rows of a text.
pub(crate) fn find_header<K: Copy>(head: &[u8], rules: &[HeaderRule<K>]) -> Option<Found<K>> {
    let mut kind = None;
    let (delimiter, row) = find_row(head, |cells| {
        let names = cells.iter().map(|cell| normalise(cell));
        let names = names.collect::<Vec<_>>();
        let is_there = |need: &&[&str]| names.iter().any(|name| need.contains(&name.as_str()));
        let fits = |rule: &&HeaderRule<K>| rule.needs.iter().all(is_there);
        kind = rules.iter().find(fits).map(|rule| rule.kind);
        kind.is_some()
    })?;
    let kind = kind?;
    Some(Found {
        kind,
        delimiter,
        row,
    })
}

/// Looks for a row of some kind among the first rows of a text: the delimiter that makes it appear,
/// and how many rows are before it.
pub(crate) fn find_row(
    head: &[u8],
    mut fits: impl FnMut(&[Cow<'_, str>]) -> bool,
) -> Option<(u8, usize)> {
    let legacy = charset::guess(head).unwrap_or(WINDOWS_1252);
    for delimiter in [b',', b';', b'\t'] {
        let mut reader = builder(delimiter).from_reader(head);
        for (row, record) in reader.byte_records().take(HEADER_ROWS).enumerate() {
            let Ok(record) = record else { break };
            let cells = record.iter().map(|cell| decode_as(cell, legacy));
            if fits(&cells.collect::<Vec<_>>()) {
                return Some((delimiter, row));
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
        text::non_empty(self.cell(column))
    }
}

/// A CSV file behind its header.
pub(crate) struct Table {
    reader: Reader<Tee>,
    pub(crate) columns: Columns,
    record: ByteRecord,
    delimiter: u8,
    limits: Limits,
    finished: bool,
}

impl Table {
    /// Finds the header; says which rule it fits.
    pub(crate) fn open<K: Copy>(
        source: TextSource,
        find: impl FnOnce(&[u8]) -> Option<Found<K>>,
        rules: &[HeaderRule<K>],
        limits: Limits,
    ) -> Result<(K, Self), FormatError> {
        let Some(found) = find(source.head()) else {
            return Err(wrong_header(source.head(), rules));
        };
        let Found {
            kind,
            delimiter,
            row: header_row,
        } = found;
        let reader = builder(delimiter)
            .buffer_capacity(32 << 10)
            .from_reader(Tee::new(source));
        let record = ByteRecord::new();
        let columns = Columns::default();
        let mut table = Self {
            reader,
            columns,
            record,
            delimiter,
            limits,
            finished: false,
        };
        for _ in 0..=header_row {
            table.advance()?;
        }
        table.columns = Columns::new(&text_record(&table.record, table.legacy()));
        Ok((kind, table))
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
            if swallows(
                &raw,
                fault.is_some(),
                self.columns.names.len(),
                self.delimiter,
            ) {
                return Some(self.reject_first_line(&raw, blank_lines));
            }
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

    /// Gives a record up that swallowed the lines after its first, so that those are read next.
    fn reject_first_line(&mut self, raw: &str, blank_lines: usize) -> Result<Row, FormatError> {
        let position = self.position(blank_lines as u64);
        let start = self
            .record
            .position()
            .cloned()
            .unwrap_or_else(csv::Position::new);
        let lines = raw.lines().count();
        let first_bytes = memchr::memchr(b'\n', &self.raw_bytes()[blank_lines..]);
        let first_bytes = first_bytes.map_or(0, |at| at + 1);
        let mut next = start.clone();
        next.set_byte(start.byte() + (blank_lines + first_bytes) as u64)
            .set_line(start.line() + blank_lines as u64 + 1);
        self.reader
            .seek(next)
            .map_err(|error| FormatError::Io(error.into()))?;
        self.finished = false;
        let first = raw.split_inclusive('\n').next().unwrap_or_default();
        Ok(Row {
            position,
            raw: bounded(first.to_owned(), self.limits.max_raw_bytes),
            cells: StringRecord::new(),
            fault: Some(format!(
                "a quote opens here and is not closed on this line, which would swallow {} lines \
                 after it; expected a closing quote; those lines are read by themselves",
                lines - 1
            )),
        })
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
        Position::Line(line)
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
                    let position = Position::Line(line);
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

/// Whether a record holds lines that are records of their own: a quote that is never closed runs on
/// to the next quote, however far away. A line of a cell with line ends has fewer delimiters than
/// there are columns.
fn swallows(raw: &str, is_faulty: bool, columns: usize, delimiter: u8) -> bool {
    if columns < 2 {
        return false;
    }
    let is_record = |line: &str| {
        let delimiters = line.bytes().filter(|byte| *byte == delimiter);
        delimiters.count() + 1 >= columns
    };
    let mut lines = raw.trim_end_matches('\n').split('\n').map(is_record);
    let first = lines.next().unwrap_or(false);
    let mut rest = lines.peekable();
    if rest.peek().is_none() {
        return false;
    }
    if is_faulty {
        return rest.any(|is_record| is_record);
    }
    // With few columns a text can have as many commas.
    columns >= 4 && first && rest.all(|is_record| is_record)
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

fn wrong_header<K>(head: &[u8], rules: &[HeaderRule<K>]) -> FormatError {
    if head.trim_ascii().is_empty() {
        return FormatError::Empty {
            expected: "a CSV file with a header row",
        };
    }
    let whole = text::decode_head(head);
    let hint = foreign::by_magic(head)
        .or_else(|| foreign::recognise(&whole))
        .map(|foreign| format!("; it is {foreign}"));
    let hint = hint.or_else(|| Some(format!("; it is {}", foreign::header_to_use(&whole)?)));
    let text = decode(&head[..head.len().min(4 * FOUND_BYTES)]).into_owned();
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(3);
    let found = lines.map(|line| format!("`{}`", bounded(line.to_owned(), FOUND_BYTES / 3)));
    FormatError::WrongHeader {
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
        hint: hint.unwrap_or_default(),
    }
}
