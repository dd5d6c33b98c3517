//! The ZIP archive: reading its members, and how much they may inflate to.
//!
//! Members are inflated as they are read, never as a whole. What the archive's directory claims
//! about sizes is not believed: the bytes that come out are counted, over all members together.
//! Which members there are is worked out in `directory`.

use std::{
    io::{self, Read, SeekFrom},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::{Crc, read::DeflateDecoder};

use super::{
    TableEntries,
    directory::{self, Member},
    open_table,
};
use crate::{
    entry::{Entry, Limits},
    error::FormatError,
    reader::ReadSeek,
    text::TextSource,
};

/// The inflated part of an archive to which no ratio applies, in bytes: a small table of many
/// like rows packs far better than any ratio that stops a bomb.
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
    /// What all members together may inflate to, in bytes.
    inflated_limit: u64,
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
        source: Box<dyn ReadSeek + Send>,
        limits: Limits,
    ) -> Result<Self, FormatError> {
        let (source, members) = directory::read(source, limits)?;
        // Their places do not overlap, so this is never more than the file itself.
        let packed_bytes = members
            .iter()
            .map(|member| member.packed_bytes)
            .sum::<u64>();
        let by_ratio = packed_bytes
            .saturating_mul(limits.max_inflate_ratio)
            .saturating_add(RATIO_FREE_BYTES);
        Ok(Self {
            source: Arc::new(Mutex::new(source)),
            members: members.into_iter(),
            current: None,
            limits,
            packed_done: 0,
            inflated_done: 0,
            inflated_limit: by_ratio.min(limits.max_archive_bytes),
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
            limit_bytes: self.limit(),
        };
        let opened = TextSource::new(Box::new(metered))
            .map_err(FormatError::Io)
            .and_then(|text| open_table(text, Some(member.name.clone()), self.limits));
        match opened {
            Ok(table) => self.current = Some((table, gauge)),
            // A table without rows is nothing to complain about when there are others.
            Err(FormatError::Empty { .. }) => {
                self.packed_done += gauge.packed.load(Ordering::Relaxed);
                self.inflated_done += gauge.inflated.load(Ordering::Relaxed);
            }
            Err(error) => return Err(explain(error, &gauge, &member.name)),
        }
        Ok(())
    }

    /// What is left for the next member, in bytes.
    fn limit(&self) -> u64 {
        let left = self.inflated_limit.saturating_sub(self.inflated_done);
        left.min(self.limits.max_member_bytes)
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
                        self.inflated_done += gauge.inflated.load(Ordering::Relaxed);
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
