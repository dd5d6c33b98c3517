//! Search or network applied an import: when both have, it has succeeded.

use std::sync::Arc;

use jiff::Timestamp;
use kith_shared::ids::ImportId;
use skeleton_durable::commit::{ChangeSet, CommitError};

use super::save_book::cause_of;
use crate::ports::{Store, Write};

/// See the module.
#[derive(Clone)]
pub struct SettleImport {
    /// The store.
    pub store: Arc<dyn Store>,
}

impl SettleImport {
    /// Adds to `change` that these have applied the import; nothing where it is not known or had
    /// ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn append(
        &self,
        change: ChangeSet<Write>,
        id: ImportId,
        by_search: bool,
        by_network: bool,
        at: Timestamp,
    ) -> Result<ChangeSet<Write>, CommitError> {
        let Some(import) = self.store.import(id).await? else {
            return Ok(change);
        };
        let Some(import) = import.applied(by_search, by_network, at) else {
            return Ok(change);
        };
        let event = import.event();
        Ok(change
            .write(Write::ImportSaved(Box::new(import)))
            .event(&event, at, &cause_of(id)))
    }
}
