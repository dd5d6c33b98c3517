//! Packed bytes as they are inflated: counted, and stopped at their limit.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::{Crc, read::MultiGzDecoder};

use crate::{
    catalogue::Format,
    entry::Limits,
    error::FormatError,
    reader::{Entries, ReadSeek},
};

/// The inflated part of a file to which no ratio applies, in bytes: a small table of many like rows
/// packs far better than any ratio that stops a bomb.
pub(super) const RATIO_FREE_BYTES: u64 = 1 << 20;

pub(super) type Shared = Arc<Mutex<Box<dyn ReadSeek + Send>>>;

/// What the reading of one member has come to; shared with the reader inside its format's.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    packed: AtomicU64,
    inflated: AtomicU64,
    /// The limit that was passed, or 0.
    passed_limit: AtomicU64,
}

impl Gauge {
    pub(super) fn packed_bytes(&self) -> u64 {
        self.packed.load(Ordering::Relaxed)
    }

    pub(super) fn inflated_bytes(&self) -> u64 {
        self.inflated.load(Ordering::Relaxed)
    }

    /// The error that a member which inflates too far ends in.
    pub(super) fn passed(&self, member: &str) -> Option<FormatError> {
        let limit_bytes = self.passed_limit.load(Ordering::Relaxed);
        let member = member.to_owned();
        (limit_bytes > 0).then_some(FormatError::Inflates {
            member,
            limit_bytes,
        })
    }
}

/// The packed bytes of one member.
pub(super) struct Packed {
    pub(super) source: Shared,
    pub(super) at: u64,
    pub(super) left: u64,
    pub(super) gauge: Arc<Gauge>,
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

/// What an archive's directory says of a member's content; not believed, but held against it.
pub(super) struct Claim {
    pub(super) bytes: u64,
    pub(super) crc: u32,
}

/// Counts what comes out of a member, and stops it at its limit.
pub(super) struct Metered {
    inner: Box<dyn Read + Send>,
    gauge: Arc<Gauge>,
    claim: Option<Claim>,
    crc: Crc,
    limit_bytes: u64,
}

impl Metered {
    pub(super) fn new(
        inner: Box<dyn Read + Send>,
        gauge: Arc<Gauge>,
        claim: Option<Claim>,
        limit_bytes: u64,
    ) -> Self {
        Self {
            inner,
            gauge,
            claim,
            crc: Crc::new(),
            limit_bytes,
        }
    }
}

impl Read for Metered {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let taken = self.inner.read(out)?;
        let before = self
            .gauge
            .inflated
            .fetch_add(taken as u64, Ordering::Relaxed);
        let inflated = before + taken as u64;
        if inflated > self.limit_bytes {
            self.gauge
                .passed_limit
                .store(self.limit_bytes.max(1), Ordering::Relaxed);
            return Err(io::Error::other("inflates too far"));
        }
        self.crc.update(&out[..taken]);
        let ended = taken == 0 && !out.is_empty();
        let is_other = |claim: &Claim| inflated != claim.bytes || self.crc.sum() != claim.crc;
        if ended && self.claim.as_ref().is_some_and(is_other) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "not what was packed",
            ));
        }
        Ok(taken)
    }
}

/// A source that is read from its beginning to its end and no other way.
pub(super) struct Forward<R>(pub(super) R);

impl<R: Read> Read for Forward<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl<R> Seek for Forward<R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Begins to read a file of a format that is packed by gzip, `length` bytes long.
pub(super) fn read_gzip(
    format: Format,
    mut source: Box<dyn ReadSeek + Send>,
    length: u64,
    limits: Limits,
) -> Result<Entries, FormatError> {
    let gauge = Arc::new(Gauge::default());
    let packed = Packed {
        at: source.stream_position()?,
        source: Arc::new(Mutex::new(source)),
        left: length,
        gauge: gauge.clone(),
    };
    let by_ratio = length.saturating_mul(limits.max_inflate_ratio);
    let limit_bytes = by_ratio
        .saturating_add(RATIO_FREE_BYTES)
        .min(limits.max_archive_bytes);
    let inflating = Box::new(MultiGzDecoder::new(packed));
    let metered = Metered::new(inflating, gauge.clone(), None, limit_bytes);
    let explain = {
        let gauge = gauge.clone();
        move |error| match (gauge.passed("the file"), error) {
            (Some(passed), _) => passed,
            (None, FormatError::Io(error)) => FormatError::Archive {
                reason: format!("it is damaged ({error}); expected a complete download"),
            },
            (None, other) => other,
        }
    };
    let mut entries = (format.spec().read)(Box::new(Forward(metered)), limits).map_err(&explain)?;
    Ok(Box::new(std::iter::from_fn(move || {
        let entry = entries.next()?.map_err(&explain);
        Some(entry.map(|mut entry| {
            entry.bytes_done = gauge.packed_bytes();
            entry
        }))
    })))
}
