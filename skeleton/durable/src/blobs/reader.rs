//! Reads a blob piece by piece from a store that answers asynchronously.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::mpsc,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::runtime::Handle;

use super::BlobError;

/// A blob of pieces of one length, the last of which may be shorter.
pub(super) struct Reader<F> {
    runtime: Handle,
    /// Fetches the piece of this number.
    fetch: F,
    bytes: u64,
    piece_bytes: u64,
    position: u64,
    /// The piece read last: who jumps about within it, as readers of archives do, asks once.
    piece: Option<(u64, Bytes)>,
}

impl<F> Reader<F>
where
    F: Fn(u64) -> BoxFuture<'static, Result<Bytes, BlobError>>,
{
    /// At the beginning of a blob. Called on the runtime, which then serves who reads elsewhere.
    pub(super) fn new(bytes: u64, piece_bytes: u64, fetch: F) -> Self {
        Self {
            runtime: Handle::current(),
            fetch,
            bytes,
            piece_bytes: piece_bytes.max(1),
            position: 0,
            piece: None,
        }
    }

    /// Fetches on the runtime while this thread, which may block, waits.
    fn piece(&self, n: u64) -> io::Result<Bytes> {
        let fetched = (self.fetch)(n);
        let (answer, answered) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // Whoever asked may have gone.
            let _ = answer.send(fetched.await);
        });
        let piece = answered
            .recv()
            .map_err(|_| io::Error::other("the process is ending"))?;
        piece.map_err(|error| match error {
            BlobError::Missing => io::Error::new(io::ErrorKind::NotFound, "the blob was deleted"),
            error => io::Error::other(error),
        })
    }
}

impl<F> Read for Reader<F>
where
    F: Fn(u64) -> BoxFuture<'static, Result<Bytes, BlobError>>,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.bytes || buffer.is_empty() {
            return Ok(0);
        }
        let n = self.position / self.piece_bytes;
        let piece = match self.piece.take() {
            Some((known, piece)) if known == n => piece,
            _ => self.piece(n)?,
        };
        let from = (self.position % self.piece_bytes) as usize;
        let rest = piece.get(from..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.position += length as u64;
        self.piece = Some((n, piece));
        if length == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a piece of the blob is too short",
            ));
        }
        Ok(length)
    }
}

impl<F> Seek for Reader<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the beginning"))?;
        Ok(self.position)
    }
}
