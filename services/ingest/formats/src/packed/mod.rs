//! Files packed for the way: a ZIP archive, or one file packed by gzip.
//!
//! | module | holds |
//! |---|---|
//! | `directory` | which members an archive has and where their bytes are |
//! | `archive` | reads them one after another, each by what it is |
//! | `stream` | packed bytes counted and bounded as they are inflated |

mod archive;
mod directory;
mod stream;

use std::io::{Read, SeekFrom};

use flate2::read::{DeflateDecoder, MultiGzDecoder};

use crate::{
    catalogue::Format,
    detect::{DETECT_HEAD_BYTES, format_of},
    entry::Limits,
    error::FormatError,
    foreign::{self, Foreign},
    reader::{Entries, ReadSeek},
    text,
};

pub(crate) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

pub(crate) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(b"\x1f\x8b\x08")
}

/// Begins to read a file of a format, packed or not.
pub(crate) fn read(
    format: Format,
    mut source: Box<dyn ReadSeek + Send>,
    limits: Limits,
) -> Result<Entries, FormatError> {
    let start = source.stream_position()?;
    let mut magic = Vec::new();
    source.by_ref().take(4).read_to_end(&mut magic)?;
    if is_gzip(&magic) {
        let length = source.seek(SeekFrom::End(0))?.saturating_sub(start);
        source.seek(SeekFrom::Start(start))?;
        return stream::read_gzip(format, source, length, limits);
    }
    source.seek(SeekFrom::Start(start))?;
    if magic.starts_with(b"PK") {
        return Ok(Box::new(archive::Archive::open(format, source, limits)?));
    }
    (format.spec().read)(source, limits)
}

/// The beginning of what a gzip file holds, as far as its own beginning says.
pub(crate) fn gzip_head(head: &[u8]) -> Vec<u8> {
    inflated_head(MultiGzDecoder::new(head))
}

/// What may not be in a gzip file.
pub(crate) fn not_unpacked(inflated: &[u8]) -> Option<Foreign> {
    let is_packed = is_zip(inflated) || is_gzip(inflated);
    is_packed.then_some(Foreign {
        what: "an archive inside an archive",
        advice: "unpack it and bring the file inside",
        holds_people: true,
    })
}

fn inflated_head(inflating: impl Read) -> Vec<u8> {
    let mut inflated = Vec::new();
    // The end is cut off: that is no fault of what comes before.
    let _ = inflating
        .take(DETECT_HEAD_BYTES as u64)
        .read_to_end(&mut inflated);
    inflated
}

/// A member that begins within the beginning of an archive.
struct Beginning<'a> {
    name: String,
    packed: &'a [u8],
    deflated: bool,
}

fn beginnings(head: &[u8]) -> Vec<Beginning<'_>> {
    let at = memchr::memmem::find_iter(head, b"PK\x03\x04");
    let beginning = |at: usize| {
        let header = head.get(at..at + 30)?;
        let number = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let (name, extra) = (number(26), number(28));
        let bytes = head.get(at + 30..at + 30 + name)?;
        Some(Beginning {
            name: String::from_utf8_lossy(bytes).into_owned(),
            packed: head.get(at + 30 + name + extra..).unwrap_or_default(),
            deflated: number(8) == 8,
        })
    };
    at.filter_map(beginning).take(200).collect()
}

/// The format as which an archive is imported, by those of its members that its beginning shows: the
/// source of its records is that of this format.
pub(crate) fn format_of_zip(head: &[u8]) -> Result<Format, Foreign> {
    let members = beginnings(head);
    let names = members.iter().map(|member| member.name.clone());
    let names = names.collect::<Vec<_>>();
    if let Some(foreign) = foreign::recognise_archive(&names) {
        return Err(foreign);
    }
    let mut formats = Vec::new();
    let mut others = Vec::new();
    for member in members {
        if directory::is_never_read(&member.name) {
            continue;
        }
        let bytes = if member.deflated {
            inflated_head(DeflateDecoder::new(member.packed))
        } else {
            member.packed.to_vec()
        };
        let bytes = &bytes[..bytes.len().min(DETECT_HEAD_BYTES)];
        let text = text::decode_head(bytes);
        match (foreign::by_magic(bytes), format_of(&text)) {
            (None, Some(format)) => formats.push(format),
            (foreign, _) => others.extend(foreign.or_else(|| foreign::recognise(&text))),
        }
    }
    // Who keeps the list matters more than who writes: see `SourceClass`.
    let order = [
        Format::LinkedIn,
        Format::GoogleCsv,
        Format::Vcard,
        Format::Mbox,
    ];
    if let Some(format) = order.into_iter().find(|format| formats.contains(format)) {
        return Ok(format);
    }
    if names.iter().any(|name| directory::is_of_linkedin(name)) {
        return Ok(Format::LinkedIn);
    }
    let is_all_seen = memchr::memmem::find(head, b"PK\x05\x06").is_some();
    if let Some(foreign) = others.first().filter(|_| is_all_seen) {
        return Err(*foreign);
    }
    let named = |fits: &dyn Fn(&str) -> bool| names.iter().any(|name| fits(&name.to_lowercase()));
    if named(&|name| name.ends_with(".vcf") || name.starts_with("takeout/")) {
        return Ok(Format::Vcard);
    }
    if named(&|name| name.contains(".mbox") || name.contains("/cur/") || name.ends_with(".eml")) {
        return Ok(Format::Mbox);
    }
    Ok(Format::LinkedIn)
}
