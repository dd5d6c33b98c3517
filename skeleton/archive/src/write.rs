//! Writing one.

use std::io::{self, Write as _};

use object_store::buffered::BufWriter;
use serde::Serialize;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::io::SyncIoBridge;

use crate::{
    ArchiveError, Digest, ENTRY_BYTES, FORMAT, FORMAT_ENTRY, Format, MANIFEST_ENTRY, Manifest,
    Place, Recipients,
};

/// zstd's level: 3 writes about as fast as a store reads, and higher ones save a few percent.
const LEVEL: i32 = 3;

/// An archive that is being written. Dropped before [`Writer::finish`], it leaves nothing behind.
pub struct Writer {
    to: mpsc::Sender<Given>,
    writing: JoinHandle<Result<u64, ArchiveError>>,
}

enum Given {
    Entry(String, Vec<u8>),
    /// What is to be said of the whole: the end.
    Finish(serde_json::Value),
}

impl Writer {
    /// Begins one under a name that must be free.
    ///
    /// # Errors
    /// See [`ArchiveError`].
    pub async fn create(
        place: &Place,
        name: &str,
        recipients: &Recipients,
    ) -> Result<Self, ArchiveError> {
        if place.holds(name).await? {
            return Err(ArchiveError::Exists(format!("{name} in {place}")));
        }
        // `.tar.zst` of `kith-….tar.zst`: other files with such signs are none of ours.
        place.sweep(name.find('.').map_or(name, |dot| &name[dot..]));
        let (to, given) = mpsc::channel(1);
        let (file, recipients) = (place.writer(name), recipients.clone());
        let writing = tokio::task::spawn_blocking(move || write(file, &recipients, given));
        Ok(Self { to, writing })
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// When the place fails.
    ///
    /// # Panics
    /// When it is longer than [`ENTRY_BYTES`]: nobody could read it.
    pub async fn entry(&mut self, name: String, content: Vec<u8>) -> Result<(), ArchiveError> {
        assert!(content.len() <= ENTRY_BYTES, "{name} is too long");
        match self.to.send(Given::Entry(name, content)).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.why().await),
        }
    }

    /// Says something of the whole and ends it; its size in bytes. From here on it is there.
    ///
    /// # Errors
    /// When the place fails; then it is not there.
    pub async fn finish<T: Serialize>(mut self, about: &T) -> Result<u64, ArchiveError> {
        let about = serde_json::to_value(about);
        let about = about.map_err(|error| ArchiveError::Place(error.into()))?;
        if self.to.send(Given::Finish(about)).await.is_err() {
            return Err(self.why().await);
        }
        joined(&mut self.writing).await
    }

    /// Gives it up: nothing of it stays.
    pub async fn abandon(mut self) {
        let (closed, _) = mpsc::channel(1);
        self.to = closed;
        let _ = joined(&mut self.writing).await;
    }

    async fn why(&mut self) -> ArchiveError {
        match joined(&mut self.writing).await {
            Ok(_) => ArchiveError::Place(anyhow::anyhow!("the archive ended early")),
            Err(error) => error,
        }
    }
}

async fn joined(writing: &mut JoinHandle<Result<u64, ArchiveError>>) -> Result<u64, ArchiveError> {
    let joined = writing.await;
    joined.unwrap_or_else(|error| Err(ArchiveError::Place(error.into())))
}

/// Blocks; runs within the runtime, which the file needs.
fn write(
    file: BufWriter,
    recipients: &Recipients,
    mut given: mpsc::Receiver<Given>,
) -> Result<u64, ArchiveError> {
    let mut file = Counting {
        to: SyncIoBridge::new(file),
        bytes: 0,
    };
    let written = fill(&mut file, recipients, &mut given);
    let runtime = tokio::runtime::Handle::current();
    let bytes = file.bytes;
    let mut file = file.to.into_inner();
    match written {
        Ok(()) => {
            let ended = runtime.block_on(tokio::io::AsyncWriteExt::shutdown(&mut file));
            // It cannot be aborted any more: its end was begun, and what is there of it has no name yet.
            ended.map_err(failed)?;
            Ok(bytes)
        }
        Err(error) => {
            runtime.block_on(async {
                // Parts that are still on their way would arrive behind its end, and stay.
                let mut file = file.with_max_concurrency(1);
                let _ = tokio::io::AsyncWriteExt::write(&mut file, &[]).await;
                if let Err(error) = file.abort().await {
                    tracing::debug!(%error, "an unfinished archive is left to be removed later");
                }
            });
            Err(error)
        }
    }
}

fn failed(error: io::Error) -> ArchiveError {
    ArchiveError::Place(anyhow::anyhow!("{error}"))
}

fn fill<W: io::Write>(
    to: &mut W,
    recipients: &Recipients,
    given: &mut mpsc::Receiver<Given>,
) -> Result<(), ArchiveError> {
    match recipients.encryptor()? {
        None => compress(to, given).map(drop),
        Some(encryptor) => {
            let encrypted = encryptor.wrap_output(to).map_err(failed)?;
            let encrypted = compress(encrypted, given)?;
            encrypted.finish().map(drop).map_err(failed)
        }
    }
}

fn compress<W: io::Write>(to: W, given: &mut mpsc::Receiver<Given>) -> Result<W, ArchiveError> {
    let mut compressed = zstd::Encoder::new(to, LEVEL).map_err(failed)?;
    compressed.include_checksum(true).map_err(failed)?;
    let mut tar = tar::Builder::new(compressed);
    let format = serde_json::to_vec(&Format { format: FORMAT });
    let format = format.map_err(|error| ArchiveError::Place(error.into()))?;
    append(&mut tar, FORMAT_ENTRY, &format)?;
    let mut entries = Vec::new();
    loop {
        match given.blocking_recv() {
            Some(Given::Entry(name, content)) => {
                append(&mut tar, &name, &content)?;
                entries.push(Digest::of(&name, &content));
            }
            Some(Given::Finish(about)) => {
                let manifest = serde_json::to_vec(&Manifest { entries, about });
                let manifest = manifest.map_err(|error| ArchiveError::Place(error.into()))?;
                append(&mut tar, MANIFEST_ENTRY, &manifest)?;
                let mut compressed = tar.into_inner().map_err(failed)?;
                compressed.flush().map_err(failed)?;
                return compressed.finish().map_err(failed);
            }
            None => {
                let given_up = anyhow::anyhow!("the archive was given up");
                return Err(ArchiveError::Place(given_up));
            }
        }
    }
}

fn append<W: io::Write>(
    tar: &mut tar::Builder<W>,
    name: &str,
    content: &[u8],
) -> Result<(), ArchiveError> {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, name, content).map_err(failed)
}

/// Counts what leaves.
struct Counting<W> {
    to: W,
    bytes: u64,
}

impl<W: io::Write> io::Write for Counting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
