//! What the CSV reader takes, kept until its record is read.

use std::io::{self, Read, Seek, SeekFrom};

use crate::text::TextSource;

/// Keeps what the CSV reader has taken since the current record began, so that the record can be
/// had verbatim, and refuses to feed a record beyond its limit.
pub(super) struct Tee {
    pub(super) source: TextSource,
    window: Vec<u8>,
    /// How much of the window has been handed out; less than all of it after going back.
    handed_out: usize,
    /// Offset in the text of the window's first byte.
    window_start: u64,
    /// Bytes that may still be taken for the current record.
    allowance: usize,
    pub(super) exhausted: bool,
}

impl Tee {
    pub(super) fn new(source: TextSource) -> Self {
        Self {
            source,
            window: Vec::new(),
            handed_out: 0,
            window_start: 0,
            allowance: 0,
            exhausted: false,
        }
    }

    pub(super) fn begin_record(&mut self, start: u64, max_bytes: usize) {
        self.allowance = max_bytes;
        let passed = usize::try_from(start - self.window_start).unwrap_or(usize::MAX);
        // Moving the rest to the front for every record would be quadratic in the buffer's size.
        if passed > self.window.len() / 2 {
            let passed = passed.min(self.window.len());
            self.window.drain(..passed);
            self.handed_out = self.handed_out.saturating_sub(passed);
            self.window_start = start;
        }
    }

    pub(super) fn between(&self, start: u64, end: u64) -> &[u8] {
        let at = |offset: u64| {
            usize::try_from(offset.saturating_sub(self.window_start)).unwrap_or(usize::MAX)
        };
        self.window
            .get(at(start)..at(end).min(self.window.len()))
            .unwrap_or_default()
    }
}

impl Read for Tee {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.allowance == 0 {
            self.exhausted = true;
            return Err(io::Error::other("record too long"));
        }
        let again = &self.window[self.handed_out..];
        let taken = if again.is_empty() {
            let taken = self.source.read(out)?;
            self.window.extend_from_slice(&out[..taken]);
            taken
        } else {
            let taken = again.len().min(out.len());
            out[..taken].copy_from_slice(&again[..taken]);
            taken
        };
        self.handed_out += taken;
        self.allowance = self.allowance.saturating_sub(taken);
        Ok(taken)
    }
}

/// Goes back to where a line of the current record begins, and nowhere else.
impl Seek for Tee {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(offset) = to else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let at = offset
            .checked_sub(self.window_start)
            .and_then(|at| usize::try_from(at).ok());
        match at.filter(|at| *at <= self.window.len()) {
            Some(at) => {
                self.handed_out = at;
                Ok(offset)
            }
            None => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}
