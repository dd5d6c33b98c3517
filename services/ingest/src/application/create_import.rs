//! Stores a file, durably, and queues its import. The file is never held in memory.

use kith_formats::{DETECT_HEAD_BYTES, Format, Unrecognised, detect};
use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::{
    blobs::{BlobError, Source},
    commit::{ChangeSet, CommitError, KeptAnswer},
};
use tokio::io::AsyncReadExt;

use super::{App, cause_of};
use crate::{domain::import::Import, ports::Write};

/// A file that was stored and whose import is not queued yet.
#[derive(Debug)]
pub struct Received {
    import: Import,
    /// BLAKE3 of the file, hexadecimal.
    pub hash: String,
}

/// Why a file was not taken. Nothing is kept of it.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// It is of no format that is understood, or empty.
    #[error(transparent)]
    Unrecognised(#[from] Unrecognised),
    /// It is longer than the limit.
    #[error("the file is longer than {limit_bytes} bytes")]
    TooLarge { limit_bytes: u64 },
    /// It broke off.
    #[error("the file broke off: {0}")]
    BrokenOff(std::io::Error),
    /// The blob store failed.
    #[error(transparent)]
    Blobs(BlobError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] CommitError),
}

impl App {
    /// Stores the file.
    ///
    /// # Errors
    /// See [`UploadError`].
    pub async fn receive_file(
        &self,
        account: AccountId,
        file_name: &str,
        format: Option<Format>,
        mut file: Source<'_>,
    ) -> Result<Received, UploadError> {
        let mut head = Vec::with_capacity(DETECT_HEAD_BYTES);
        let mut beginning = (&mut file).take(DETECT_HEAD_BYTES as u64);
        beginning
            .read_to_end(&mut head)
            .await
            .map_err(UploadError::BrokenOff)?;
        let detected = detect(file_name, &head);
        let format = match (format, detected) {
            (_, Err(empty @ Unrecognised::Empty { .. })) => return Err(empty.into()),
            (Some(format), _) => format,
            (None, detected) => detected?,
        };
        let (id, at) = (ImportId((self.new_id)()), self.now());
        let begun = Write::UploadBegun { id, account, at };
        self.store.commit(ChangeSet::new().write(begun)).await?;
        let whole: Source<'_> = Box::pin(std::io::Cursor::new(head).chain(file));
        match self.blobs.put(id.0, whole, self.file_limit_bytes).await {
            Ok(stored) => {
                let file_name = file_name.to_owned();
                let import = Import::queued(id, account, file_name, format, stored.bytes, at);
                Ok(Received {
                    import,
                    hash: stored.hash,
                })
            }
            Err(error) => {
                self.store
                    .commit(ChangeSet::new().write(Write::UploadEnded(id)))
                    .await?;
                Err(match error {
                    BlobError::TooLarge { limit_bytes } => UploadError::TooLarge { limit_bytes },
                    BlobError::Source(error) => UploadError::BrokenOff(error),
                    other => UploadError::Blobs(other),
                })
            }
        }
    }

    /// Queues the import of a stored file. `answer` makes the answer to keep of it.
    ///
    /// # Errors
    /// The store's; [`CommitError::Repeated`] when the idempotency key was used before and
    /// [`CommitError::Conflict`] when the account is gone: then nothing is kept of the file.
    pub async fn queue_import(
        &self,
        received: Received,
        answer: impl FnOnce(&Import) -> Option<KeptAnswer>,
    ) -> Result<Import, CommitError> {
        let import = received.import;
        let change = ChangeSet::new()
            .write(Write::ImportQueued(Box::new(import.clone())))
            .write(Write::UploadEnded(import.id))
            .event(&import.event(), import.created_at, &cause_of(import.id))
            .answer(answer(&import));
        let queued = self.store.commit(change).await;
        if matches!(
            queued,
            Err(CommitError::Repeated | CommitError::Conflict(_))
        ) {
            self.forget(import.id).await?;
        }
        queued?;
        self.import_queued.notify_one();
        Ok(import)
    }

    /// Gives a stored file up.
    ///
    /// # Errors
    /// The store's.
    pub async fn discard_file(&self, received: Received) -> Result<(), CommitError> {
        self.forget(received.import.id).await
    }

    async fn forget(&self, id: ImportId) -> Result<(), CommitError> {
        if let Err(error) = self.blobs.delete(id.0).await {
            tracing::warn!(import = %id, %error, "a file is left, to be deleted later");
            return Ok(());
        }
        self.store
            .commit(ChangeSet::new().write(Write::UploadEnded(id)))
            .await
    }
}
