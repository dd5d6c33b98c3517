//! The service hears that things changed.

use std::collections::BTreeMap;

use skeleton_durable::{
    Envelope,
    commit::{ChangeSet, CommitError},
};

use super::App;
use crate::{domain::thing::ThingChanged, ports::Write};

impl App {
    /// Counts changes for each account; the events that told of them are handled thereby.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn count_changes(
        &self,
        changed: &[ThingChanged],
        handled: &[Envelope],
    ) -> Result<(), CommitError> {
        let mut counts = BTreeMap::new();
        for thing in changed {
            *counts.entry(thing.account_id).or_insert(0) += 1;
        }
        let mut change = ChangeSet::new().handled(handled);
        for (account, changes) in counts {
            change = change.write(Write::Activity { account, changes });
        }
        self.store.commit(change).await
    }
}
