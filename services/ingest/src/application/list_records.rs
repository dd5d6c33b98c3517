//! What the sources said of a person, verbatim.

use kith_shared::ids::{AccountId, PersonId, RecordId};
use skeleton_durable::commit::CommitError;

use super::App;
use crate::ports::StoredRecord;

impl App {
    /// A person's records, newest first, after `after`; none where there is no such person.
    ///
    /// # Errors
    /// The store's.
    pub async fn list_records(
        &self,
        account: AccountId,
        id: PersonId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Option<Vec<StoredRecord>>, CommitError> {
        let Some(root) = self.store.root(account, id).await? else {
            return Ok(None);
        };
        let records = self.store.records(account, root, after, limit).await?;
        Ok(Some(records))
    }
}
