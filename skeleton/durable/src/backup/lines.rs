//! Lines, written and read.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, SeqAccess, Visitor},
    ser::SerializeSeq as _,
};
use uuid::Uuid;

use super::Versions;

/// Where lines come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The kind of store: `sqlite`, `postgres`, `neo4j`.
    pub store: String,
    /// The versions that it was brought to, by owner.
    pub migrations: Versions,
}

/// What an object says of what follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Head {
    /// The first line.
    From(Origin),
    /// Rows of a table follow.
    Table {
        /// Its name.
        table: String,
        /// What a row holds, in this order.
        columns: Vec<String>,
    },
    /// The pieces of a blob follow.
    Blob {
        /// Its id.
        blob: Uuid,
    },
    /// The last line.
    End {
        /// How many rows and pieces there were.
        end: u64,
    },
}

impl Head {
    /// What it is that follows, by name: a table's, or `blob`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Table { table, .. } => Some(table),
            Self::Blob { .. } => Some("blob"),
            Self::From(_) | Self::End { .. } => None,
        }
    }
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes; an id is its 16.
    Bytes(Vec<u8>),
}

impl Cell {
    /// What kind of value it is, for messages that must not quote it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer(_) => "a whole number",
            Self::Real(_) => "a number with a fraction",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Real(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => {
                let mut list = serializer.serialize_seq(Some(1))?;
                list.serialize_element(&BASE64.encode(bytes))?;
                list.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfCell;
        impl<'de> Visitor<'de> for OfCell {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("null, a number, a text, or bytes as a list of one text in base64")
            }

            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::Null)
            }

            fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
                Ok(Cell::Integer(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Cell, E> {
                let value = i64::try_from(value);
                value
                    .map(Cell::Integer)
                    .map_err(|_| E::custom("a whole number is too large"))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
                Ok(Cell::Real(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Cell, E> {
                Ok(Cell::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cell, A::Error> {
                let text: Option<std::borrow::Cow<'_, str>> = list.next_element()?;
                let text = text.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let bytes = BASE64.decode(text.as_bytes());
                let bytes = bytes.map_err(|_| A::Error::custom("bytes are not base64"))?;
                if list.next_element::<serde::de::IgnoredAny>()?.is_some() {
                    return Err(A::Error::invalid_length(2, &self));
                }
                Ok(Cell::Bytes(bytes))
            }
        }
        deserializer.deserialize_any(OfCell)
    }
}

/// Appends a line.
///
/// # Panics
/// Never: what is written has string keys, and numbers that JSON knows.
pub fn push<T: Serialize + ?Sized>(to: &mut Vec<u8>, line: &T) {
    serde_json::to_writer(&mut *to, line).expect("plain data");
    to.push(b'\n');
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// What follows.
    Head(Head),
    /// A row.
    Row(Vec<Cell>),
}

/// Reads a line, without its end.
///
/// # Errors
/// When it is none; the error quotes nothing of it.
pub fn read(line: &[u8]) -> Result<Line, Malformed> {
    let parsed = if line.first() == Some(&b'{') {
        serde_json::from_slice(line).map(Line::Head)
    } else {
        serde_json::from_slice(line).map(Line::Row)
    };
    parsed.map_err(|error| Malformed {
        column: error.column(),
    })
}

/// A line that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a row or what follows as JSON, and found something else at character {column}")]
pub struct Malformed {
    /// Where in the line.
    pub column: usize,
}

/// The lines in `bytes`, each without its end; what is behind the last end is a line too.
pub fn split(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// Rows counted and summed up, whatever their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub rows: u64,
    digest: u128,
}

impl Sum {
    /// Adds a row, as its line.
    pub fn add(&mut self, line: &[u8]) {
        let mut digest = [0; 16];
        digest.copy_from_slice(&blake3::hash(line).as_bytes()[..16]);
        self.rows += 1;
        self.digest = self.digest.wrapping_add(u128::from_le_bytes(digest));
    }

    /// The digest, hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        format!("{:032x}", self.digest)
    }
}

/// What a stream holds, table by table: to compare two of them, and to cut one into pieces that can
/// be read by themselves.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Where the lines come from, once the first was seen.
    pub from: Option<Origin>,
    /// Rows by table; pieces of blobs under `blob`.
    pub sums: BTreeMap<String, Sum>,
    /// How many rows the last line told of.
    pub end: Option<u64>,
    within: Option<(Head, Vec<u8>)>,
}

impl Tally {
    /// Counts a line, given without its end.
    ///
    /// # Errors
    /// When it is none, or has no place here.
    pub fn add(&mut self, line: &[u8]) -> Result<(), String> {
        if self.end.is_some() {
            return Err("something stands behind the end".to_owned());
        }
        if line.first() != Some(&b'{') {
            let Some(name) = self.within.as_ref().and_then(|(head, _)| head.name()) else {
                return Err("a row without a table".to_owned());
            };
            if let Some(sum) = self.sums.get_mut(name) {
                sum.add(line);
            }
            return Ok(());
        }
        match read(line).map_err(|error| error.to_string())? {
            Line::Head(Head::From(from)) => self.from = Some(from),
            Line::Head(Head::End { end }) => {
                let rows: u64 = self.sums.values().map(|sum| sum.rows).sum();
                if rows != end {
                    return Err(format!("{end} rows were told of and {rows} came"));
                }
                self.end = Some(end);
            }
            Line::Head(head) => {
                if let Some(name) = head.name() {
                    self.sums.entry(name.to_owned()).or_default();
                }
                self.within = Some((head, line.to_vec()));
            }
            Line::Row(_) => {}
        }
        Ok(())
    }

    /// The line that says what the rows to come are of.
    #[must_use]
    pub fn head(&self) -> Option<&[u8]> {
        self.within.as_ref().map(|(_, line)| line.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell() -> impl Strategy<Value = Cell> {
        prop_oneof![
            Just(Cell::Null),
            any::<i64>().prop_map(Cell::Integer),
            (-1e300..1e300f64).prop_map(Cell::Real),
            ".*".prop_map(Cell::Text),
            prop::collection::vec(any::<u8>(), 0..64).prop_map(Cell::Bytes),
        ]
    }

    proptest! {
        #[test]
        fn a_row_comes_back_as_it_was(row in prop::collection::vec(cell(), 0..12)) {
            let mut line = Vec::new();
            push(&mut line, &row);
            prop_assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            prop_assert_eq!(read(&line[..line.len() - 1]), Ok(Line::Row(row)));
        }

        #[test]
        fn what_is_no_line_is_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            // No panic, and nothing quoted.
            if let Err(error) = read(&bytes) {
                prop_assert!(error.to_string().is_ascii());
            }
        }
    }

    #[test]
    fn the_documented_lines_are_read() {
        let text = include_str!("mod.rs");
        let example = text.split("```text").nth(1).unwrap();
        let example = example.split("```").next().unwrap();
        let mut tally = Tally::default();
        for line in example
            .lines()
            .map(|line| line.trim_start_matches("//!").trim())
        {
            if !line.is_empty() && !line.starts_with(r#"{"end""#) {
                tally.add(line.as_bytes()).unwrap();
            }
        }
        assert_eq!(tally.from.unwrap().store, "sqlite");
        assert_eq!(tally.sums["account"].rows, 1);
        assert_eq!(tally.sums["blob"].rows, 1);
    }

    #[test]
    fn a_sum_does_not_know_the_order_and_knows_each_row() {
        let sum = |lines: &[&[u8]]| {
            let mut sum = Sum::default();
            lines.iter().for_each(|line| sum.add(line));
            sum
        };
        assert_eq!(sum(&[b"[1]", b"[2]"]), sum(&[b"[2]", b"[1]"]));
        assert_ne!(sum(&[b"[1]", b"[2]"]), sum(&[b"[1]", b"[3]"]));
        assert_ne!(sum(&[b"[1]", b"[1]"]), sum(&[b"[1]"]));
    }

    #[test]
    fn what_has_no_place_is_told() {
        let told = |lines: &[&str]| {
            let mut tally = Tally::default();
            lines.iter().try_for_each(|line| tally.add(line.as_bytes()))
        };
        assert!(told(&["[1]"]).unwrap_err().contains("without a table"));
        let table = r#"{"table":"t","columns":["a"]}"#;
        assert!(told(&[table, "[1]", r#"{"end":2}"#]).is_err());
        assert!(told(&[table, "[1]", r#"{"end":1}"#, "[2]"]).is_err());
        assert!(told(&[r#"{"what":1}"#]).is_err());
    }
}
