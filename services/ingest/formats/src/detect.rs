//! Which format a file is: by what it holds, with its name only to explain a failure.

use crate::{
    catalogue::{Format, Head},
    foreign::{self, Foreign},
    packed, text,
};

/// How much of a file's beginning [`detect`] wants, in bytes; less is enough for a smaller file.
pub const DETECT_HEAD_BYTES: usize = 64 << 10;

/// A file is of none of the formats.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrecognised {
    /// There is nothing in it.
    #[error("{file_name} is empty; expected {}", expected())]
    Empty { file_name: String },
    /// What is in it is something else that is known.
    #[error("{file_name} is {foreign}")]
    Foreign {
        file_name: String,
        /// What it is, and what to do instead.
        foreign: Foreign,
    },
    /// It is a table of people under a header that nobody knows.
    #[error("{file_name} is {table}")]
    Table {
        file_name: String,
        /// Its columns, and how they would have to be named.
        table: String,
    },
    /// What is in it is something else.
    #[error("{file_name} begins with {found}; expected {}", expected())]
    Unknown {
        file_name: String,
        /// Its beginning, shortened and made printable.
        found: String,
    },
}

fn expected() -> String {
    Format::ALL.map(Format::expected).join("; or ")
}

/// Tells a file's format by its beginning (at best [`DETECT_HEAD_BYTES`] of it).
///
/// # Errors
/// When it is none of them; the message names what was found, and what to do.
pub fn detect(file_name: &str, head: &[u8]) -> Result<Format, Unrecognised> {
    let file_name = crate::entry::bounded(file_name.to_owned(), 200);
    let bytes = &head[..head.len().min(DETECT_HEAD_BYTES)];
    if text::is_blank(bytes) {
        return Err(Unrecognised::Empty { file_name });
    }
    if packed::is_zip(bytes) {
        return packed::format_of_zip(bytes)
            .map_err(|foreign| Unrecognised::Foreign { file_name, foreign });
    }
    let unpacked = packed::is_gzip(bytes).then(|| packed::gzip_head(bytes));
    let bytes = unpacked.as_deref().unwrap_or(bytes);
    let nested = unpacked.as_deref().and_then(packed::not_unpacked);
    if let Some(foreign) = nested.or_else(|| foreign::by_magic(bytes)) {
        return Err(Unrecognised::Foreign { file_name, foreign });
    }
    let text = text::decode_head(bytes);
    if let Some(format) = format_of(&text) {
        return Ok(format);
    }
    if let Some(foreign) = foreign::recognise(&text) {
        return Err(Unrecognised::Foreign { file_name, foreign });
    }
    if let Some(table) = foreign::header_to_use(&text) {
        return Err(Unrecognised::Table { file_name, table });
    }
    let beginning = text.trim_start().lines().next().unwrap_or_default();
    let beginning = crate::entry::bounded(beginning.to_owned(), 120);
    Err(Unrecognised::Unknown {
        file_name,
        found: if is_text(&beginning) {
            format!("`{}`", beginning.escape_debug())
        } else {
            "something that is not text".to_owned()
        },
    })
}

/// The format that a beginning is of, if any.
pub(crate) fn format_of(text: &str) -> Option<Format> {
    let head = Head { text };
    let claims = Format::ALL
        .into_iter()
        .rev()
        .filter_map(|format| Some(((format.spec().looks_like)(&head)?, format)));
    let best = claims.max_by_key(|(likeness, _)| *likeness);
    best.map(|(_, format)| format)
}

/// Whether a beginning is worth showing to a human.
fn is_text(beginning: &str) -> bool {
    let strange =
        |c: &char| *c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace());
    beginning.chars().filter(strange).count() * 10 <= beginning.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content_whatever_the_name() {
        let cases: [(&[u8], Format); 8] = [
            (b"PK\x03\x04rest", Format::LinkedIn),
            (b"Notes:\n\"When exporting, ...\"\n\nFirst Name,Last Name,URL,Email Address,Company,Position,Connected On\n", Format::LinkedIn),
            (b"\xef\xbb\xbfVorname,Nachname,URL,E-Mail-Adresse,Unternehmen,Position,Verbunden am\r\n", Format::LinkedIn),
            (b"First Name,Middle Name,Last Name,File As,Labels,E-mail 1 - Value\n", Format::GoogleCsv),
            (b"Name,Given Name,Additional Name,Family Name,Group Membership\n", Format::GoogleCsv),
            (b"\r\nbegin:vcard\r\n", Format::Vcard),
            (b"B\0E\0G\0I\0N\0:\0V\0C\0A\0R\0D\0\n\0", Format::Vcard),
            (b"From ada@example.org Sun Feb 15 00:04:28 2026\nFrom: ada@example.org\n", Format::Mbox),
        ];
        for (head, format) in cases {
            assert_eq!(detect("upload.bin", head), Ok(format));
        }
    }

    #[test]
    fn an_unknown_file_is_told_what_would_have_done() {
        let error = detect("diary.txt", b"Dear diary,\nnothing happened.\n")
            .unwrap_err()
            .to_string();
        for part in [
            "diary.txt",
            "Dear diary",
            "LinkedIn",
            "Google Contacts",
            "BEGIN:VCARD",
            "mbox",
        ] {
            assert!(error.contains(part), "{error}");
        }
        assert!(matches!(
            detect("a.csv", b" \n"),
            Err(Unrecognised::Empty { .. })
        ));
    }
}
