//! Where an import stands.

use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::commit::CommitError;

use super::App;
use crate::domain::import::Import;

impl App {
    /// An import; none where the account has no such import.
    ///
    /// # Errors
    /// The store's.
    pub async fn get_import(
        &self,
        account: AccountId,
        id: ImportId,
    ) -> Result<Option<Import>, CommitError> {
        let import = self.store.import(id).await?;
        Ok(import.filter(|import| import.account == account))
    }
}
