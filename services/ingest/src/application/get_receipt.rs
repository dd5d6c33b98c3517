//! What became of each record of a file.

use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::commit::CommitError;

use super::App;
use crate::{
    domain::{import::Import, receipt::Outcome},
    ports::StoredLine,
};

impl App {
    /// Lines of an import's receipt after the line `after`; none where the account has no such
    /// import.
    ///
    /// # Errors
    /// The store's.
    pub async fn get_receipt(
        &self,
        account: AccountId,
        id: ImportId,
        outcome: Option<Outcome>,
        after: u64,
        limit: usize,
    ) -> Result<Option<(Import, Vec<StoredLine>)>, CommitError> {
        let Some(import) = self.get_import(account, id).await? else {
            return Ok(None);
        };
        let lines = self.store.receipt(id, outcome, after, limit).await?;
        Ok(Some((import, lines)))
    }
}
