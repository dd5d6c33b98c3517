//! The iterator over a file, and the rule that a file of which nothing can be used is an error.

use std::{
    fmt,
    io::{Read, Seek},
};

use crate::{
    catalogue::Format,
    entry::{Content, Entry, Limits},
    error::FormatError,
    packed,
};

/// A source of bytes: an archive is read from its end.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// What each format's own iterator is.
pub(crate) type Entries = Box<dyn Iterator<Item = Result<Entry, FormatError>> + Send>;

/// Begins to read a file.
///
/// The source is read from where it stands. The same bytes and limits always give the same
/// sequence of entries.
///
/// # Errors
/// When the file's beginning (or, of an archive, its directory) is not of the format.
pub fn read(
    format: Format,
    source: Box<dyn ReadSeek + Send>,
    limits: Limits,
) -> Result<Reader, FormatError> {
    let entries = packed::read(format, source, limits)?;
    Ok(Reader {
        entries,
        format,
        max_records: limits.max_records,
        used: 0,
        rejected: 0,
        first_rejection: None,
        ended: false,
    })
}

/// The records of a file, in their order. The first error is the last item.
///
/// A file whose end is reached without one usable record ends in [`FormatError::NoRecords`].
pub struct Reader {
    entries: Entries,
    format: Format,
    max_records: u64,
    /// Entries other than rejections.
    used: u64,
    rejected: u64,
    first_rejection: Option<String>,
    ended: bool,
}

impl Iterator for Reader {
    type Item = Result<Entry, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.entries.next();
        match &item {
            Some(Ok(_)) if self.used + self.rejected == self.max_records => {
                self.ended = true;
                let limit = self.max_records;
                return Some(Err(FormatError::TooManyRecords { limit }));
            }
            Some(Ok(entry)) => self.count(entry),
            Some(Err(_)) => self.ended = true,
            None => {
                self.ended = true;
                return (self.used == 0).then(|| Err(self.nothing()));
            }
        }
        item
    }
}

impl Reader {
    fn count(&mut self, entry: &Entry) {
        let Content::Rejected { reason } = &entry.content else {
            self.used += 1;
            return;
        };
        self.rejected += 1;
        if self.first_rejection.is_none() {
            self.first_rejection = Some(format!("{}: {reason}", entry.position));
        }
    }

    fn nothing(&self) -> FormatError {
        let found = match &self.first_rejection {
            None => "the file holds nothing beyond its beginning".to_owned(),
            Some(first) => format!(
                "none of {} could be read, the first is {first}",
                self.rejected
            ),
        };
        FormatError::NoRecords {
            found,
            expected: self.format.expected(),
        }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("format", &self.format)
            .field("used", &self.used)
            .field("rejected", &self.rejected)
            .finish_non_exhaustive()
    }
}
