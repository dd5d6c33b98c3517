//! The directory of a ZIP archive: which of its members are read and where their bytes are.
//!
//! An honest packer gives every member bytes of its own. A directory in which several entries point
//! at the same bytes makes a small file a large one, so that is refused before anything is read, as
//! is a second member of a name that is read.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
};

use zip::{CompressionMethod, ZipArchive};

use crate::{
    entry::{Limits, bounded},
    error::FormatError,
    reader::ReadSeek,
    table::normalise,
};

/// Members that are read, by normalised name, in the order they are read in.
const WANTED: [&str; 5] = [
    "connectionscsv",
    "contactscsv",
    "importedcontactscsv",
    "messagescsv",
    "invitationscsv",
];

/// Bytes of the file that may be read to find its members. The library that reads the directory
/// keeps it in memory, at several times its size; two thousand members take a tenth of this.
const DIRECTORY_BYTES: u64 = 4 << 20;

/// Longest name of a member that is shown, in bytes.
const SHOWN_BYTES: usize = 200;

/// A member that is read.
#[derive(Debug)]
pub(super) struct Member {
    /// Its name without folders.
    pub(super) name: Arc<str>,
    /// Where its packed bytes begin.
    pub(super) start: u64,
    /// How many they are.
    pub(super) packed_bytes: u64,
    /// What the directory says they inflate to; not believed.
    pub(super) claimed_bytes: u64,
    /// What the directory says of their content.
    pub(super) claimed_crc: u32,
    /// Packed by deflate, or not at all.
    pub(super) deflated: bool,
}

type Source = Box<dyn ReadSeek + Send>;

/// The wanted members, in the order in which they are read, and the source again.
pub(super) fn read(
    mut source: Source,
    limits: Limits,
) -> Result<(Source, Vec<Member>), FormatError> {
    check_claim(&mut *source, limits)?;
    let left = DIRECTORY_BYTES;
    let mut archive = ZipArchive::new(Sparing { source, left }).map_err(damaged)?;
    if archive.len() > limits.max_members {
        return Err(too_many(archive.len() as u64, limits));
    }
    if archive.has_duplicate_names() {
        let reason = "its directory names a member twice; expected each once".to_owned();
        return Err(FormatError::Archive { reason });
    }
    let members = members(&mut archive)?;
    Ok((archive.into_inner().source, members))
}

fn members(archive: &mut ZipArchive<Sparing>) -> Result<Vec<Member>, FormatError> {
    let directory_start = archive.central_directory_start();
    let mut places = Vec::new();
    let mut found: Vec<(usize, String, Member)> = Vec::new();
    let mut others = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(damaged)?;
        let entry = file.entry();
        let name = entry.name().map_err(damaged)?.into_owned();
        let Some(start) = file.data_start() else {
            return Err(out_of_place(&name));
        };
        let packed_bytes = entry.compressed_size();
        let end = start.checked_add(packed_bytes);
        let Some(end) = end.filter(|end| *end <= directory_start) else {
            return Err(out_of_place(&name));
        };
        places.push((entry.header_start(), end, name.clone()));
        let Some(rank) = rank(&name) else {
            others.push(name);
            continue;
        };
        if entry.encrypted() {
            let reason = format!(
                "{} is protected by a password; expected an open archive",
                shown(&name)
            );
            return Err(FormatError::Archive { reason });
        }
        let deflated = match entry.compression() {
            CompressionMethod::Deflated => true,
            CompressionMethod::Stored => false,
            other => {
                let reason = format!(
                    "{} is packed by {other}; expected deflate or no packing",
                    shown(&name)
                );
                return Err(FormatError::Archive { reason });
            }
        };
        let member = Member {
            name: Arc::from(bounded(last(&name).to_owned(), SHOWN_BYTES)),
            start,
            packed_bytes,
            claimed_bytes: entry.size(),
            claimed_crc: entry.crc32(),
            deflated,
        };
        found.push((rank, name, member));
    }
    refuse_overlaps(places)?;
    if found.is_empty() {
        return Err(nothing_wanted(&others));
    }
    found.sort_by_key(|(rank, ..)| *rank);
    refuse_twins(&found)?;
    Ok(found.into_iter().map(|(.., member)| member).collect())
}

/// Which of [`WANTED`] a member is, if any.
fn rank(name: &str) -> Option<usize> {
    let last = last(name);
    // Packed on a Mac, every file has a twin that holds its attributes.
    if name.starts_with("__MACOSX") || last.starts_with("._") {
        return None;
    }
    let name = normalise(last);
    WANTED.iter().position(|wanted| *wanted == name)
}

fn last(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// Refuses members that share bytes of the file. `places`: where each begins and ends.
fn refuse_overlaps(mut places: Vec<(u64, u64, String)>) -> Result<(), FormatError> {
    places.sort_unstable();
    for pair in places.windows(2) {
        let ((_, end, before), (start, _, after)) = (&pair[0], &pair[1]);
        if start < end {
            let reason = format!(
                "{} and {} are the same bytes of the file; expected each member to have its own",
                shown(before),
                shown(after)
            );
            return Err(FormatError::Archive { reason });
        }
    }
    Ok(())
}

/// Refuses a second member of a name that is read. They are in the order of their ranks.
fn refuse_twins(found: &[(usize, String, Member)]) -> Result<(), FormatError> {
    for pair in found.windows(2) {
        if pair[0].0 == pair[1].0 {
            let reason = format!(
                "it holds both {} and {}; expected one of this name: bring one export at a time",
                shown(&pair[0].1),
                shown(&pair[1].1)
            );
            return Err(FormatError::Archive { reason });
        }
    }
    Ok(())
}

fn shown(name: &str) -> String {
    bounded(name.to_owned(), SHOWN_BYTES)
        .escape_debug()
        .to_string()
}

fn out_of_place(name: &str) -> FormatError {
    let reason = format!("{} is not where it should be", shown(name));
    FormatError::Archive { reason }
}

fn nothing_wanted(others: &[String]) -> FormatError {
    let names = others.iter().take(5).map(|name| bounded(name.clone(), 60));
    let names = names
        .collect::<Vec<_>>()
        .join(", ")
        .escape_debug()
        .to_string();
    let nested = others
        .iter()
        .any(|name| name.to_ascii_lowercase().ends_with(".zip"));
    let hint = if nested {
        "; archives inside an archive are not opened: unpack them first"
    } else {
        ""
    };
    let reason = format!(
        "it holds only {names}{hint}; expected at least one of Connections.csv, \
         Contacts.csv, ImportedContacts.csv, messages.csv, Invitations.csv"
    );
    FormatError::Archive { reason }
}

fn damaged(error: impl std::fmt::Display) -> FormatError {
    FormatError::Archive {
        reason: format!("{error}; expected a complete download"),
    }
}

fn too_many(found: u64, limits: Limits) -> FormatError {
    let most = limits.max_members;
    FormatError::Archive {
        reason: format!("it claims {found} members; expected at most {most}"),
    }
}

/// Refuses an absurd directory by what it claims, before anything of it is read.
fn check_claim(source: &mut dyn ReadSeek, limits: Limits) -> Result<(), FormatError> {
    const TAIL_BYTES: u64 = 22 + 65_535;
    let length = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    source.take(TAIL_BYTES).read_to_end(&mut tail)?;
    source.seek(SeekFrom::Start(0))?;
    for at in memchr::memmem::rfind_iter(&tail, b"PK\x05\x06") {
        if let Some(record) = tail.get(at..at + 22) {
            let members = u64::from(u16::from_le_bytes([record[10], record[11]]));
            if members > limits.max_members as u64 {
                return Err(too_many(members, limits));
            }
            return Ok(());
        }
    }
    Err(damaged("it has no directory at its end"))
}

/// A source of which only so many bytes can be read.
struct Sparing {
    source: Source,
    left: u64,
}

impl Read for Sparing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!(
                "its directory is longer than {DIRECTORY_BYTES} bytes or not at its end"
            )));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let most = most.min(out.len());
        let taken = self.source.read(&mut out[..most])?;
        self.left -= taken as u64;
        Ok(taken)
    }
}

impl Seek for Sparing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}
