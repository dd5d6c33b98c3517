//! The ZIP archive: which members are read, and how much they may inflate to.
//!
//! Members are inflated as they are read, never as a whole. What the archive's directory claims
//! about sizes is not believed: the bytes that come out are counted.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::{Crc, read::DeflateDecoder};
use zip::{CompressionMethod, ZipArchive};

use super::{TableEntries, open_table};
use crate::{
    entry::{Entry, Limits},
    error::FormatError,
    reader::ReadSeek,
    table::normalise,
    text::TextSource,
};

/// Members that are read, by normalised name, in the order they are read in.
const WANTED: [&str; 5] = [
    "connectionscsv",
    "contactscsv",
    "importedcontactscsv",
    "messagescsv",
    "invitationscsv",
];

/// The inflated part of a member to which no ratio applies, in bytes.
const RATIO_FREE_BYTES: u64 = 1 << 20;

type Shared = Arc<Mutex<Box<dyn ReadSeek + Send>>>;

/// An open archive.
pub(super) struct Archive {
    source: Shared,
    members: std::vec::IntoIter<Member>,
    current: Option<(TableEntries, Arc<Gauge>)>,
    limits: Limits,
    /// Packed bytes of the members finished.
    packed_done: u64,
    /// Inflated bytes of the members finished.
    inflated_done: u64,
}

#[derive(Debug)]
struct Member {
    name: Arc<str>,
    start: u64,
    packed_bytes: u64,
    claimed_bytes: u64,
    claimed_crc: u32,
    deflated: bool,
}

/// What the reading of one member has come to; shared with the reader inside the table.
#[derive(Debug, Default)]
struct Gauge {
    packed: AtomicU64,
    inflated: AtomicU64,
    /// The limit that was passed, or 0.
    passed_limit: AtomicU64,
}

impl Archive {
    pub(super) fn open(
        mut source: Box<dyn ReadSeek + Send>,
        limits: Limits,
    ) -> Result<Self, FormatError> {
        check_directory(&mut *source, limits)?;
        let mut archive = ZipArchive::new(source).map_err(damaged)?;
        if archive.len() > limits.max_members {
            return Err(too_many(archive.len() as u64, limits));
        }
        let members = wanted_members(&mut archive)?;
        let source = Arc::new(Mutex::new(archive.into_inner()));
        Ok(Self {
            source,
            members: members.into_iter(),
            current: None,
            limits,
            packed_done: 0,
            inflated_done: 0,
        })
    }

    fn open_member(&mut self, member: Member) -> Result<(), FormatError> {
        let gauge = Arc::new(Gauge::default());
        let packed = Packed {
            source: self.source.clone(),
            at: member.start,
            left: member.packed_bytes,
            gauge: gauge.clone(),
        };
        let inflated: Box<dyn Read + Send> = match member.deflated {
            true => Box::new(DeflateDecoder::new(packed)),
            false => Box::new(packed),
        };
        let metered = Metered {
            inner: inflated,
            gauge: gauge.clone(),
            claimed_bytes: member.claimed_bytes,
            claimed_crc: member.claimed_crc,
            crc: Crc::new(),
            limit_bytes: self.limit_for(&member),
        };
        let opened = TextSource::new(Box::new(metered))
            .map_err(FormatError::Io)
            .and_then(|text| open_table(text, Some(member.name.clone()), self.limits));
        match opened {
            Ok(table) => self.current = Some((table, gauge)),
            // A table without rows is nothing to complain about when there are others.
            Err(FormatError::Empty { .. }) => {}
            Err(error) => return Err(explain(error, &gauge, &member.name)),
        }
        Ok(())
    }

    fn limit_for(&self, member: &Member) -> u64 {
        let by_ratio = member
            .packed_bytes
            .saturating_mul(self.limits.max_inflate_ratio)
            .saturating_add(RATIO_FREE_BYTES);
        let left = self
            .limits
            .max_archive_bytes
            .saturating_sub(self.inflated_done);
        by_ratio.min(self.limits.max_member_bytes).min(left)
    }
}

impl Iterator for Archive {
    type Item = Result<Entry, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((table, gauge)) = &mut self.current {
                match table.next() {
                    Some(Ok(mut entry)) => {
                        entry.bytes_done = self.packed_done + gauge.packed.load(Ordering::Relaxed);
                        return Some(Ok(entry));
                    }
                    Some(Err(error)) => {
                        let name = table
                            .table
                            .member()
                            .unwrap_or_else(|| Arc::from("a member"));
                        return Some(Err(explain(error, gauge, &name)));
                    }
                    None => {
                        self.packed_done += gauge.packed.load(Ordering::Relaxed);
                        self.inflated_done += table.taken_bytes();
                        self.current = None;
                    }
                }
            }
            let member = self.members.next()?;
            if let Err(error) = self.open_member(member) {
                return Some(Err(error));
            }
        }
    }
}

/// Turns a failed read inside a member into what was wrong with the member.
fn explain(error: FormatError, gauge: &Gauge, member: &str) -> FormatError {
    let limit_bytes = gauge.passed_limit.load(Ordering::Relaxed);
    match error {
        FormatError::Io(_) if limit_bytes > 0 => FormatError::Inflates {
            member: member.to_owned(),
            limit_bytes,
        },
        FormatError::Io(error) => FormatError::Archive {
            reason: format!("{member} is damaged ({error}); expected a complete download"),
        },
        other => other,
    }
}

/// The wanted members, with their places, in the order of [`WANTED`].
fn wanted_members(
    archive: &mut ZipArchive<Box<dyn ReadSeek + Send>>,
) -> Result<Vec<Member>, FormatError> {
    let mut found = Vec::new();
    let mut others = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(damaged)?;
        let name = file.entry().name().map_err(damaged)?.into_owned();
        let last = name
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .to_owned();
        let rank = WANTED.iter().position(|wanted| *wanted == normalise(&last));
        let Some(rank) = rank.filter(|_| !name.starts_with("__MACOSX")) else {
            others.push(name);
            continue;
        };
        let entry = file.entry();
        if entry.encrypted() {
            let reason = format!("{name} is protected by a password; expected an open archive");
            return Err(FormatError::Archive { reason });
        }
        let deflated = match entry.compression() {
            CompressionMethod::Deflated => true,
            CompressionMethod::Stored => false,
            other => {
                let reason = format!("{name} is packed by {other}; expected deflate or no packing");
                return Err(FormatError::Archive { reason });
            }
        };
        let Some(start) = file.data_start() else {
            return Err(FormatError::Archive {
                reason: format!("{name} is not where it should be"),
            });
        };
        let (packed_bytes, claimed_bytes) = (entry.compressed_size(), entry.size());
        let claimed_crc = entry.crc32();
        let name = Arc::from(crate::entry::bounded(last, 200));
        found.push((
            rank,
            Member {
                name,
                start,
                packed_bytes,
                claimed_bytes,
                claimed_crc,
                deflated,
            },
        ));
    }
    if found.is_empty() {
        return Err(nothing_wanted(&others));
    }
    found.sort_by_key(|(rank, _)| *rank);
    Ok(found.into_iter().map(|(_, member)| member).collect())
}

fn nothing_wanted(others: &[String]) -> FormatError {
    let names = others
        .iter()
        .take(5)
        .map(|name| crate::entry::bounded(name.clone(), 60));
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

/// Refuses an absurd directory before a parser makes a table of it.
fn check_directory(source: &mut dyn ReadSeek, limits: Limits) -> Result<(), FormatError> {
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

/// The packed bytes of one member.
struct Packed {
    source: Shared,
    at: u64,
    left: u64,
    gauge: Arc<Gauge>,
}

impl Read for Packed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(out.len());
        if wanted == 0 {
            return Ok(0);
        }
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.seek(SeekFrom::Start(self.at))?;
        let taken = source.read(&mut out[..wanted])?;
        if taken == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += taken as u64;
        self.left -= taken as u64;
        self.gauge.packed.fetch_add(taken as u64, Ordering::Relaxed);
        Ok(taken)
    }
}

/// Counts what comes out of a member, and stops it at its limit.
struct Metered {
    inner: Box<dyn Read + Send>,
    gauge: Arc<Gauge>,
    claimed_bytes: u64,
    claimed_crc: u32,
    crc: Crc,
    limit_bytes: u64,
}

impl Read for Metered {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let taken = self.inner.read(out)?;
        let inflated = self
            .gauge
            .inflated
            .fetch_add(taken as u64, Ordering::Relaxed)
            + taken as u64;
        if inflated > self.limit_bytes {
            self.gauge
                .passed_limit
                .store(self.limit_bytes.max(1), Ordering::Relaxed);
            return Err(io::Error::other("inflates too far"));
        }
        self.crc.update(&out[..taken]);
        let ended = taken == 0 && !out.is_empty();
        if ended && (inflated != self.claimed_bytes || self.crc.sum() != self.claimed_crc) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "not what was packed",
            ));
        }
        Ok(taken)
    }
}
