//! Everything of an account goes.

use std::sync::Arc;

use kith_shared::events::users::ErasureRequested;
use skeleton_durable::{
    blobs::Blobs,
    commit::{ChangeSet, CommitError},
};

use crate::ports::{Store, Write};

/// See the module.
#[derive(Clone)]
pub struct EraseAccount {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Where files wait.
    pub blobs: Arc<dyn Blobs>,
}

impl EraseAccount {
    /// Deletes the account's files, and adds to `change` that everything else goes.
    ///
    /// # Errors
    /// The store's; a file that cannot be deleted stops it, to be tried again.
    pub async fn append(
        &self,
        change: ChangeSet<Write>,
        request: &ErasureRequested,
    ) -> Result<ChangeSet<Write>, CommitError> {
        for id in self.store.files_of(request.account_id).await? {
            let deleted = self.blobs.delete(id.0).await;
            deleted.map_err(|error| CommitError::Unavailable(error.to_string()))?;
        }
        let (account, version) = (request.account_id, request.version);
        Ok(change.write(Write::Erased { account, version }))
    }
}
