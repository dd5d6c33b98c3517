//! The blob port: large bytes that must be durable before an answer is given, and are deleted when
//! they have served. As files of a folder, as rows of PostgreSQL, or on an S3-compatible server.

mod objects;
#[cfg(feature = "s3")]
mod place;
mod reader;
#[cfg(feature = "postgres")]
mod rows;

use std::{
    io::{self, Read, Seek},
    pin::Pin,
};

use async_trait::async_trait;
use tokio::io::AsyncRead;
use uuid::Uuid;

pub use self::objects::ObjectBlobs;
#[cfg(feature = "s3")]
pub use self::place::{Bucket, Place};
#[cfg(feature = "postgres")]
pub use self::rows::RowBlobs;

/// A blob opened for reading, blocking: for use on a thread that may block.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Length in bytes.
    pub bytes: u64,
    /// BLAKE3 of the content, hexadecimal.
    pub hash: String,
}

/// Why a blob was not stored or not found.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// It is longer than the limit; nothing was kept.
    #[error("longer than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// There is no such blob.
    #[error("no such blob")]
    Missing,
    /// What was to be stored could not be read to its end; nothing was kept.
    #[error("source: {0}")]
    Source(#[source] io::Error),
    /// The store failed; nothing was kept.
    #[error("blob store: {0}")]
    Store(#[source] anyhow::Error),
}

/// Bytes being stored.
pub type Source<'a> = Pin<Box<dyn AsyncRead + Send + 'a>>;

/// A store of blobs.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Stores all of `source` under `id`, durably, replacing what was there.
    ///
    /// # Errors
    /// See [`BlobError`]; then nothing is kept.
    async fn put(
        &self,
        id: Uuid,
        source: Source<'_>,
        limit_bytes: u64,
    ) -> Result<Stored, BlobError>;

    /// Opens a blob.
    ///
    /// # Errors
    /// [`BlobError::Missing`], or the store's.
    async fn open(&self, id: Uuid) -> Result<Box<dyn ReadSeek>, BlobError>;

    /// Deletes a blob; none there is fine.
    ///
    /// # Errors
    /// The store's.
    async fn delete(&self, id: Uuid) -> Result<(), BlobError>;
}
