//! Its owner wants no more of an import: it ends where it stands. What was read of the file stays,
//! as with one that fails on its way; the file itself goes.

use std::sync::Arc;

use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::{
    blobs::Blobs,
    clock::Clock,
    commit::{ChangeSet, CommitError},
};
use tokio::sync::Notify;

use super::{run_import::drop_blob, save_book::cause_of};
use crate::{
    domain::import::{Import, Status},
    ports::{Store, Write},
};

/// How often it is decided anew when the import moved on in the meantime: while it runs it does so
/// with every batch.
const ATTEMPTS: usize = 50;

/// See the module.
#[derive(Clone)]
pub struct CancelImport {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Where files wait.
    pub blobs: Arc<dyn Blobs>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Tells that interactions may be stale.
    pub stale: Arc<Notify>,
}

/// Why an import was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// The account has no such import.
    #[error("there is no such import")]
    NotFound,
    /// It came to its end before.
    #[error("the import has ended")]
    Ended(Status),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] CommitError),
}

impl CancelImport {
    /// Cancels it, unless that was done before. The import's version decides between this and
    /// whoever reads the file: one of the two is first, and the other finds that out.
    ///
    /// # Errors
    /// See [`CancelError`].
    pub async fn cancel(&self, account: AccountId, id: ImportId) -> Result<(), CancelError> {
        let mut last = CommitError::Conflict("the import".to_owned());
        for _ in 0..ATTEMPTS {
            let import = self.store.import(id).await?;
            let import = import.filter(|import| import.account == account);
            let import = import.ok_or(CancelError::NotFound)?;
            let status = import.status.clone();
            let at = super::now(&*self.clock);
            let cancelled = import.cancelled(at);
            let Some(import) = cancelled.map_err(|_| CancelError::Ended(status))? else {
                return Ok(());
            };
            match self.save(&import).await {
                Ok(()) => {
                    drop_blob(&*self.store, &*self.blobs, &import).await;
                    self.stale.notify_one();
                    return Ok(());
                }
                Err(error @ CommitError::Conflict(_)) => last = error,
                Err(error) => return Err(error.into()),
            }
        }
        Err(last.into())
    }

    async fn save(&self, import: &Import) -> Result<(), CommitError> {
        let (event, at) = (import.event(), super::now(&*self.clock));
        let change = ChangeSet::new()
            .write(Write::ImportSaved(Box::new(import.clone())))
            .write(Write::StaleApart(import.id))
            .event(&event, at, &cause_of(import.id));
        self.store.commit(change).await
    }
}
