//! Blobs as objects of a store: files of one folder, or what an S3-compatible server keeps.

use std::{path::Path as FolderPath, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::FutureExt;
use object_store::{
    Error, GetOptions, GetResultPayload, ObjectStore, ObjectStoreExt, buffered::BufWriter,
    local::LocalFileSystem, path::Path,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use super::{BlobError, Blobs, ReadSeek, Source, Stored, reader::Reader};

/// Blobs as objects of a store.
#[derive(Clone, Debug)]
pub struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    /// What the names of all blobs begin with.
    prefix: Path,
    /// Least size of the parts in which a longer blob is sent; two of them are in memory at a time.
    part_bytes: u64,
    /// Most parts of a blob that the store takes.
    parts: u64,
}

/// Bytes taken from a source at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Bytes fetched at a time by who reads from a server.
const PIECE_BYTES: u64 = 4 << 20;
/// What nobody has written to for so long was left by a process that died. Others may be using the
/// folder, so nothing younger is touched.
const ABANDONED: Duration = Duration::from_secs(3600);

impl ObjectBlobs {
    /// As files of `folder`, which is created; what a `put` that was interrupted long ago left there
    /// is removed. Several processes may use the folder if its file system is one that they share.
    ///
    /// # Errors
    /// When the folder cannot be created or read.
    pub async fn in_folder(folder: &FolderPath) -> anyhow::Result<Self> {
        tokio::fs::create_dir_all(folder).await?;
        let mut entries = tokio::fs::read_dir(folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            if is_part(&entry) && is_abandoned(&entry).await {
                // Another process may have been faster.
                let _ = tokio::fs::remove_file(entry.path()).await;
            }
        }
        // Synced, file and folder, before a `put` ends.
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            prefix: Path::default(),
            part_bytes: 1 << 20,
            parts: u64::MAX,
        })
    }

    /// On a server. What a `put` that was interrupted sent there stays until the bucket's own rule
    /// for incomplete uploads removes it.
    ///
    /// # Errors
    /// When it cannot be reached, there is no such bucket or it may not be read.
    #[cfg(feature = "s3")]
    pub async fn on_server(bucket: &super::Bucket) -> anyhow::Result<Self> {
        use futures::TryStreamExt;
        let (store, prefix) = (bucket.open()?, Path::parse(&bucket.prefix)?);
        let first = store.list(Some(&prefix)).try_next().await;
        first.map_err(said_once)?;
        Ok(Self {
            store,
            prefix,
            part_bytes: 8 << 20,
            parts: 10_000,
        })
    }

    fn path(&self, id: Uuid) -> Path {
        self.prefix.clone().join(id.to_string())
    }
}

/// The names of what is being written: `…#1`; `….part` is what versions before this one wrote.
fn is_part(entry: &tokio::fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    name.contains('#') || name.ends_with(".part")
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

fn failed(error: Error) -> BlobError {
    match error {
        Error::NotFound { .. } => BlobError::Missing,
        error => BlobError::Store(said_once(error)),
    }
}

/// Without the causes, which its own text ends with.
fn said_once(error: Error) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

async fn copy(
    mut source: Source<'_>,
    to: &mut BufWriter,
    limit_bytes: u64,
) -> Result<Stored, BlobError> {
    let mut hasher = blake3::Hasher::new();
    let mut chunk = vec![0u8; CHUNK_BYTES];
    loop {
        let read = source.read(&mut chunk).await.map_err(BlobError::Source)?;
        if read == 0 {
            break;
        }
        hasher.update(&chunk[..read]);
        if hasher.count() > limit_bytes {
            return Err(BlobError::TooLarge { limit_bytes });
        }
        let written = to.write_all(&chunk[..read]).await;
        written.map_err(|error| BlobError::Store(error.into()))?;
    }
    Ok(Stored {
        bytes: hasher.count(),
        hash: hasher.finalize().to_hex().to_string(),
    })
}

#[async_trait]
impl Blobs for ObjectBlobs {
    async fn put(
        &self,
        id: Uuid,
        source: Source<'_>,
        limit_bytes: u64,
    ) -> Result<Stored, BlobError> {
        let part_bytes = self.part_bytes.max(limit_bytes.div_ceil(self.parts));
        let part_bytes = usize::try_from(part_bytes).unwrap_or(usize::MAX);
        let store = self.store.clone();
        let mut writer =
            BufWriter::with_capacity(store, self.path(id), part_bytes).with_max_concurrency(2);
        let stored = match copy(source, &mut writer, limit_bytes).await {
            Ok(stored) => stored,
            Err(error) => {
                // Parts that are still on their way would arrive behind its end, and stay.
                let mut writer = writer.with_max_concurrency(1);
                let _ = writer.write(&[]).await;
                if let Err(error) = writer.abort().await {
                    tracing::debug!(%error, "an unfinished blob is left to be removed later");
                }
                return Err(error);
            }
        };
        let finished = writer.shutdown().await;
        finished.map_err(|error| BlobError::Store(error.into()))?;
        Ok(stored)
    }

    async fn open(&self, id: Uuid) -> Result<Box<dyn ReadSeek>, BlobError> {
        let (store, path) = (self.store.clone(), self.path(id));
        let asked = GetOptions::new().with_head(true);
        let found = store.get_opts(&path, asked).await.map_err(failed)?;
        if let GetResultPayload::File(file, _) = found.payload {
            return Ok(Box::new(file));
        }
        let (bytes, version) = (found.meta.size, found.meta.e_tag);
        let fetch = move |n: u64| {
            let (store, path) = (store.clone(), path.clone());
            let from = n * PIECE_BYTES;
            let asked = GetOptions::new()
                .with_range(Some(from..bytes.min(from + PIECE_BYTES)))
                .with_if_match(version.clone());
            async move {
                let piece = store.get_opts(&path, asked).await.map_err(failed)?;
                piece.bytes().await.map_err(failed)
            }
            .boxed()
        };
        Ok(Box::new(Reader::new(bytes, PIECE_BYTES, fetch)))
    }

    async fn delete(&self, id: Uuid) -> Result<(), BlobError> {
        match self.store.delete(&self.path(id)).await.map_err(failed) {
            Err(BlobError::Missing) => Ok(()),
            deleted => deleted,
        }
    }
}
