//! The blob port: large bytes that must be durable before an answer is given, and are deleted when
//! they have served.

use std::{
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    pin::Pin,
};

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

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

/// Blobs as files of one folder.
#[derive(Clone, Debug)]
pub struct FolderBlobs {
    folder: PathBuf,
}

/// Bytes moved at a time.
const CHUNK_BYTES: usize = 256 * 1024;

impl FolderBlobs {
    /// In `folder`, which is created; what an interrupted `put` left there is removed.
    ///
    /// # Errors
    /// When the folder cannot be created or read.
    pub async fn open_folder(folder: &Path) -> io::Result<Self> {
        tokio::fs::create_dir_all(folder).await?;
        let mut entries = tokio::fs::read_dir(folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            if entry.path().extension().is_some_and(|ext| ext == "part") {
                tokio::fs::remove_file(entry.path()).await?;
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.folder.join(id.to_string())
    }

    async fn write_part(
        &self,
        part: &Path,
        mut source: Source<'_>,
        limit_bytes: u64,
    ) -> Result<Stored, BlobError> {
        let mut file = tokio::fs::File::create(part).await.map_err(store)?;
        let mut hasher = blake3::Hasher::new();
        let (mut bytes, mut chunk) = (0u64, vec![0u8; CHUNK_BYTES]);
        loop {
            let read = source.read(&mut chunk).await.map_err(BlobError::Source)?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            if bytes > limit_bytes {
                return Err(BlobError::TooLarge { limit_bytes });
            }
            hasher.update(&chunk[..read]);
            file.write_all(&chunk[..read]).await.map_err(store)?;
        }
        file.flush().await.map_err(store)?;
        file.sync_all().await.map_err(store)?;
        Ok(Stored {
            bytes,
            hash: hasher.finalize().to_hex().to_string(),
        })
    }
}

fn store(error: io::Error) -> BlobError {
    BlobError::Store(error.into())
}

#[async_trait]
impl Blobs for FolderBlobs {
    async fn put(
        &self,
        id: Uuid,
        source: Source<'_>,
        limit_bytes: u64,
    ) -> Result<Stored, BlobError> {
        let part = self.folder.join(format!("{id}.{}.part", Uuid::now_v7()));
        let written = self.write_part(&part, source, limit_bytes).await;
        let stored = match written {
            Ok(stored) => stored,
            Err(error) => {
                // The part is removed at the next start at the latest.
                let _ = tokio::fs::remove_file(&part).await;
                return Err(error);
            }
        };
        tokio::fs::rename(&part, self.path(id))
            .await
            .map_err(store)?;
        let folder = tokio::fs::File::open(&self.folder).await.map_err(store)?;
        folder.sync_all().await.map_err(store)?;
        Ok(stored)
    }

    async fn open(&self, id: Uuid) -> Result<Box<dyn ReadSeek>, BlobError> {
        match tokio::fs::File::open(self.path(id)).await {
            Ok(file) => Ok(Box::new(file.into_std().await)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BlobError::Missing),
            Err(error) => Err(store(error)),
        }
    }

    async fn delete(&self, id: Uuid) -> Result<(), BlobError> {
        match tokio::fs::remove_file(self.path(id)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(store(error)),
            _ => Ok(()),
        }
    }
}
