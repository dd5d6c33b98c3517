//! What is stored has a contract, as what is published has: a type of its own, golden files of every
//! form that was ever written, and an error that names the row where one cannot be read.
//!
//! # JSON in a column
//!
//! A service declares what it stores in `adapters/store/stored.rs`, apart from its domain and from
//! the events, so that neither changes what is on disk by accident:
//!
//! ```
//! use skeleton_durable::stored::{self, Stored};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct StoredMembers(Vec<String>);
//!
//! impl Stored for StoredMembers {
//!     const TABLE: &'static str = "circle";
//!     const COLUMN: &'static str = "members";
//! }
//!
//! let text = stored::write(&StoredMembers(vec!["ada".to_owned()]));
//! let back: StoredMembers = stored::read(&text, "circle 7").unwrap();
//! let error = stored::read::<StoredMembers>("{}", "7").err().unwrap();
//! assert!(error.to_string().starts_with("row 7 of circle is kept unreadably: members: "));
//! ```
//!
//! A field that is added later carries `#[serde(default)]`; no field is renamed or taken away, since
//! the version before reads what this one writes (see ADR 36). A type whose rows are read, changed
//! and written again keeps what it does not know in a `#[serde(flatten)]` map.
//!
//! Every such type has golden files, `tests/golden/<table>.<column>.<form>.json` in its crate, each
//! with a text as some version wrote it. A test beside the types reads them all; see [`golden`]
//! (feature `testing`).
//!
//! # Words and numbers in a column
//!
//! [`known`] turns a column that holds one of several words or numbers into the domain's type, or
//! into an error that says what was expected.
//!
//! # Finding what cannot be read
//!
//! A store lists its tables (`sql::sqlite::scan::Table`, `neo4j::scan::Table`) with a function that
//! reads one row as the service does. Its `Scan` is the [`Examine`] that `kith doctor` asks, page by
//! page.

#[cfg(any(test, feature = "testing"))]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what is wrong with a golden file ends the test"
)]
pub mod golden;

use std::fmt::Display;

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::commit::CommitError;
pub use skeleton_envelope::Open;

/// JSON that stands in one column of a table, in one property of a node, or in an index.
pub trait Stored: Serialize + DeserializeOwned {
    /// The table, label or index.
    const TABLE: &'static str;
    /// The column, property or field.
    const COLUMN: &'static str;
}

/// A row that is there and does not hold what this version can read: damaged, or written by a
/// version with another contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("row {row} of {table} is kept unreadably: {what}")]
pub struct Unreadable {
    /// The table, label or index.
    pub table: String,
    /// Its key in it.
    pub row: String,
    /// Which column, what was expected, and what was found where that is no personal data.
    pub what: String,
}

impl Unreadable {
    /// A row of `table`.
    pub fn new(table: &str, row: impl Display, what: impl Display) -> Self {
        Self {
            table: table.to_owned(),
            row: row.to_string(),
            what: what.to_string(),
        }
    }
}

impl From<Unreadable> for CommitError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Internal(unreadable.into())
    }
}

/// The text to be stored.
///
/// # Panics
/// When `value` cannot be JSON: what is stored are structs with string keys, which can.
pub fn write<T: Stored>(value: &T) -> String {
    serde_json::to_string(value).expect("what is stored is plain data with string keys")
}

/// What a text says that was stored in the row `row`.
///
/// # Errors
/// When it is not what `T` promises. The error says where and why, and quotes nothing of what is
/// stored: it goes to logs and to operators, whom it does not concern.
pub fn read<T: Stored>(text: &str, row: impl Display) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|error| {
        let what = format!("{}: {}", T::COLUMN, without_values(&error.to_string()));
        Unreadable::new(T::TABLE, row, what)
    })
}

/// The message of a reader without the values that it quotes: texts stand in double quotes in it,
/// numbers and unknown words in backticks. Names of fields and words that were expected stay.
fn without_values(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(['"', '`']) {
        let quote = if rest[start..].starts_with('"') {
            '"'
        } else {
            '`'
        };
        let (before, quoted) = (&rest[..start], &rest[start + 1..]);
        let Some(length) = end_of_quote(quoted, quote) else {
            break;
        };
        // The name of a field that is missing or of what was expected is the type's, not the row's.
        let is_a_value = quote == '"'
            || [
                "integer ",
                "floating point ",
                "boolean ",
                "character ",
                "unknown variant ",
            ]
            .iter()
            .any(|kind| before.ends_with(kind));
        shown.push_str(before);
        if is_a_value {
            shown.push('…');
        } else {
            shown.push_str(&rest[start..=start + 1 + length]);
        }
        rest = &quoted[length + 1..];
    }
    shown.push_str(rest);
    shown
}

/// Where a quote ends that the reader wrote as Rust writes texts: an escaped one is within.
fn end_of_quote(quoted: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    quoted.char_indices().find_map(|(at, char)| {
        let ends = char == quote && !escaped;
        escaped = char == '\\' && !escaped && quote == '"';
        ends.then_some(at)
    })
}

/// The meaning of a word or number in a column, which is none where this version knows none.
///
/// # Errors
/// When it is none; the error says what was `expected` instead of `found`.
pub fn known<T>(
    meaning: Option<T>,
    (table, column): (&str, &str),
    row: impl Display,
    expected: &str,
    found: impl Display,
) -> Result<T, Unreadable> {
    meaning.ok_or_else(|| {
        let what = format!("{column}: expected {expected}, found {found}");
        Unreadable::new(table, row, what)
    })
}

/// A moment kept as microseconds since 1970, UTC.
///
/// # Errors
/// When there is no such moment.
pub fn moment(
    micros: i64,
    column: (&str, &str),
    row: impl Display,
) -> Result<jiff::Timestamp, Unreadable> {
    let at = jiff::Timestamp::from_microsecond(micros).ok();
    known(at, column, row, "microseconds since 1970", micros)
}

/// Where the reading of all rows goes on: after this row of this table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The table.
    pub table: String,
    /// The values of its key, as text; none of them where the table begins.
    pub key: Vec<String>,
}

/// What a page of rows held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// How many rows were read.
    pub rows: u64,
    /// Those that could not be.
    pub unreadable: Vec<Unreadable>,
    /// Where it goes on; none at the end.
    pub next: Option<Place>,
}

/// A store whose rows can be read one after another, to find those that cannot.
#[async_trait]
pub trait Examine: Send + Sync {
    /// Reads up to `limit` rows beyond `after`, as the service reads them, on a connection that
    /// writers do not wait for.
    ///
    /// # Errors
    /// When the store cannot be reached or fails. A row that cannot be read is no error.
    async fn examine(&self, after: Option<&Place>, limit: u32) -> Result<Examined, CommitError>;
}

/// What a failed reading of a row says, without the words around it.
pub(crate) fn reason(error: CommitError) -> String {
    match error {
        CommitError::Internal(error) => match error.downcast::<Unreadable>() {
            Ok(unreadable) => unreadable.what,
            Err(error) => format!("{error:#}"),
        },
        other => other.to_string(),
    }
}

/// The envelope in outbox and inbox: as it travels, whose form never changes.
impl Stored for crate::Envelope {
    const TABLE: &'static str = "outbox";
    const COLUMN: &'static str = "envelope";
}

#[cfg(test)]
mod tests {
    use super::{golden::Golden, *};
    use crate::Envelope;

    #[test]
    fn an_error_quotes_nothing_of_what_is_stored() {
        #[derive(Debug, Serialize, Deserialize)]
        struct Sample {
            kind: Kind,
            count: u8,
        }
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Kind {
            Known,
        }
        impl Stored for Sample {
            const TABLE: &'static str = "sample";
            const COLUMN: &'static str = "body";
        }
        for (text, expected) in [
            (
                r#"{"kind":"ada@example.org","count":1}"#,
                "unknown variant …, expected `known`",
            ),
            (
                r#"{"kind":"known","count":"Ada \"` Lovelace"}"#,
                "invalid type: string …, expected u8",
            ),
            (
                r#"{"kind":"known","count":4711}"#,
                "invalid value: integer …, expected u8",
            ),
            (r#"{"kind":"known"}"#, "missing field `count`"),
        ] {
            let error = read::<Sample>(text, 7).unwrap_err();
            assert!(error.what.contains(expected), "{}", error.what);
            for secret in ["ada@", "Ada", "Lovelace", "4711"] {
                assert!(!error.what.contains(secret), "{}", error.what);
            }
        }
    }

    #[test]
    fn every_stored_form_is_read_for_ever() {
        let text = r#"{"id":"01890a5d-ac96-774b-bcce-b302099a8001","source":"ledger",
            "type":"ledger.entry-changed","schemaversion":1,"subject":"a","subjectversion":2,
            "account":"01890a5d-ac96-774b-bcce-b302099a8002","time":"2026-05-01T12:00:00Z",
            "correlationid":"01890a5d-ac96-774b-bcce-b302099a8003",
            "causationid":"01890a5d-ac96-774b-bcce-b302099a8004",
            "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "data":{"key":"a","version":2,"text":"a v2"}}"#;
        let mut golden = Golden::of(env!("CARGO_MANIFEST_DIR"));
        golden.holds::<Envelope>(&serde_json::from_str(text).unwrap());
        golden.finish();
    }

    #[derive(Serialize, Deserialize)]
    struct Numbers(Vec<u8>);

    impl Stored for Numbers {
        const TABLE: &'static str = "outbox";
        const COLUMN: &'static str = "numbers";
    }

    #[test]
    #[should_panic(expected = "there is no golden file outbox.numbers.<form>.json")]
    fn a_stored_type_without_a_golden_file_fails() {
        Golden::of(env!("CARGO_MANIFEST_DIR")).holds(&Numbers(vec![1]));
    }

    #[test]
    #[should_panic(expected = "Envelope in ")]
    fn a_stored_type_that_no_test_names_fails() {
        Golden::of(env!("CARGO_MANIFEST_DIR")).finish();
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = read::<Numbers>("[300]", 7).err().unwrap();
        let text = error.to_string();
        assert!(
            text.starts_with("row 7 of outbox is kept unreadably: numbers: "),
            "{text}"
        );
        let error = known(None::<u8>, ("reminder", "status"), 7, "a word", "x").unwrap_err();
        assert_eq!(error.what, "status: expected a word, found x");
        assert!(moment(i64::MAX, ("t", "at"), 7).is_err());
    }
}
