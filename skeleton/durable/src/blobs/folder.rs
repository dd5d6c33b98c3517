//! Blobs as files of one folder.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use super::{BlobError, Blobs, ReadSeek, Source, Stored};

/// Blobs as files of one folder.
#[derive(Clone, Debug)]
pub struct FolderBlobs {
    folder: PathBuf,
}

/// What nobody has written to for so long was left by a process that died. Others may be using the
/// folder, so nothing younger is touched.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Bytes moved at a time.
const CHUNK_BYTES: usize = 256 * 1024;

impl FolderBlobs {
    /// In `folder`, which is created; what a `put` that was interrupted long ago left there is
    /// removed. Several processes may use the folder if its file system is one that they share.
    ///
    /// # Errors
    /// When the folder cannot be created or read.
    pub async fn open_folder(folder: &Path) -> io::Result<Self> {
        tokio::fs::create_dir_all(folder).await?;
        let mut entries = tokio::fs::read_dir(folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            let part = entry.path().extension().is_some_and(|ext| ext == "part");
            if part && is_abandoned(&entry).await {
                // Another process may have been faster.
                let _ = tokio::fs::remove_file(entry.path()).await;
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

async fn is_abandoned(entry: &tokio::fs::DirEntry) -> bool {
    let Ok(metadata) = entry.metadata().await else {
        return false;
    };
    let age = metadata
        .modified()
        .map(|at| at.elapsed().unwrap_or_default());
    age.is_ok_and(|age| age > ABANDONED)
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
                // Else it is removed at a later start.
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
