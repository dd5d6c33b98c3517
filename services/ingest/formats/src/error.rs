//! What ends the reading of a file. A single bad record is not an error: see `Content::Rejected`.

use std::io;

/// Why a file could not be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The reader failed.
    #[error("the file could not be read: {0}")]
    Io(#[from] io::Error),
    /// There is nothing in it.
    #[error("the file is empty; expected {expected}")]
    Empty {
        /// What a file of this format begins with.
        expected: &'static str,
    },
    /// No row of a CSV file is a header that is understood.
    #[error(
        "no row is a header that is understood; found {found}; expected one of {understood}{hint}"
    )]
    WrongHeader {
        /// The rows that were seen instead, shortened.
        found: String,
        /// The headers that would have done.
        understood: String,
        /// What the table is instead and what to do; may be empty.
        hint: String,
    },
    /// A CSV record does not end within the limit, so the rest of the file cannot be trusted.
    #[error(
        "{position}: the record is longer than {limit_bytes} bytes; expected it to end, is a closing quote missing?"
    )]
    RecordTooLong {
        /// Where it begins.
        position: String,
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// The archive is damaged, protected or nothing of the kind that was expected.
    #[error("the ZIP archive cannot be read: {reason}")]
    Archive {
        /// What is wrong and what was expected.
        reason: String,
    },
    /// The archive inflates beyond what is allowed.
    #[error(
        "{member}: inflates to more than {limit_bytes} bytes; expected an export of ordinary size: \
         unpack it and bring the file by itself"
    )]
    Inflates {
        /// The member at fault.
        member: String,
        /// The limit that was passed, in bytes.
        limit_bytes: u64,
    },
    /// The file holds more records than are taken.
    #[error(
        "the file holds more than {limit} records, the most that is taken of one file; \
         expected it in several files"
    )]
    TooManyRecords { limit: u64 },
    /// Nothing in the file could be used.
    #[error("no record found: {found}; expected {expected}")]
    NoRecords {
        /// What was there instead.
        found: String,
        /// What a file of this format holds.
        expected: &'static str,
    },
}
