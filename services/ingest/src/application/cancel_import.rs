//! Its owner wants no more of an import: it ends where it stands. What was read of the file stays,
//! as with one that fails on its way; the file itself goes.

use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::commit::{ChangeSet, CommitError, decide_up_to};

use super::{App, cause_of};
use crate::{domain::import::End, ports::Write};

/// How often it is decided anew when the import moved on in the meantime: while it runs it does so
/// with every batch.
const DECISIONS_LIMIT: usize = 50;

/// Why an import was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// The account has no such import.
    #[error("there is no such import")]
    NotFound,
    /// It came to its end before.
    #[error("the import has ended")]
    Ended(End),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] CommitError),
}

impl App {
    /// Cancels it, unless that was done before. The import's version decides between this and
    /// whoever reads the file: one of the two is first, and the other finds that out.
    ///
    /// # Errors
    /// See [`CancelError`].
    pub async fn cancel_import(&self, account: AccountId, id: ImportId) -> Result<(), CancelError> {
        let cancelled = decide_up_to::<_, CancelError, _>(DECISIONS_LIMIT, async || {
            let import = self.get_import(account, id).await?;
            let import = import.ok_or(CancelError::NotFound)?;
            let at = self.now();
            let cancelled = import.cancelled(at).map_err(CancelError::Ended)?;
            let Some(import) = cancelled else {
                return Ok(Ok(None));
            };
            let change = ChangeSet::new()
                .event(&import.event(), at, &cause_of(id))
                .write(Write::ImportSaved(Box::new(import.clone())))
                .write(Write::StaleApart(id));
            let committed = self.store.commit(change).await;
            Ok(committed.map(|()| Some(import)))
        })
        .await?;
        if let Some(import) = cancelled {
            self.drop_file(import.id).await;
            self.book_changed.notify_one();
        }
        Ok(())
    }
}
