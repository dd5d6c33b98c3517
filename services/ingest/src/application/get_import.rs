//! What became of the files that the owner brought.

use std::sync::Arc;

use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::commit::CommitError;

use crate::{
    domain::import::{Import, Outcome},
    ports::{Store, StoredLine},
};

/// See the module.
#[derive(Clone)]
pub struct ListImports {
    /// The store.
    pub store: Arc<dyn Store>,
}

impl ListImports {
    /// One import; none where there is none of the account.
    ///
    /// # Errors
    /// The store's.
    pub async fn one(
        &self,
        account: AccountId,
        id: ImportId,
    ) -> Result<Option<Import>, CommitError> {
        let import = self.store.import(id).await?;
        Ok(import.filter(|import| import.account == account))
    }

    /// Imports, newest first, after `after`.
    ///
    /// # Errors
    /// The store's.
    pub async fn page(
        &self,
        account: AccountId,
        after: Option<ImportId>,
        limit: usize,
    ) -> Result<Vec<Import>, CommitError> {
        self.store.imports(account, after, limit).await
    }

    /// Lines of an import's receipt after the line `after`; none where there is no such import.
    ///
    /// # Errors
    /// The store's.
    pub async fn receipt(
        &self,
        account: AccountId,
        id: ImportId,
        outcome: Option<Outcome>,
        after: u64,
        limit: usize,
    ) -> Result<Option<(Import, Vec<StoredLine>)>, CommitError> {
        let Some(import) = self.one(account, id).await? else {
            return Ok(None);
        };
        let lines = self.store.receipt(id, outcome, after, limit).await?;
        Ok(Some((import, lines)))
    }
}
