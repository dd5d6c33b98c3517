//! What is held of other services' subjects, to be compared with what they have.

use async_trait::async_trait;
use kith_shared::events::users::{AccountChanged, ErasureRequested};
use skeleton_durable::{
    Event as _,
    commit::CommitError,
    reconcile::{Digests, Holdings},
};

use super::App;

/// Accounts: those that are there, and those that are gone.
#[async_trait]
impl Holdings for App {
    fn kinds(&self) -> &'static [&'static str] {
        &[AccountChanged::TYPE, ErasureRequested::TYPE]
    }

    async fn digests(&self, kind: &str) -> Result<Digests, CommitError> {
        let are_gone = kind == ErasureRequested::TYPE;
        let mut digests = Digests::new();
        for (id, version) in self.store.account_versions(are_gone).await? {
            let digest = digests.entry(id).or_default();
            digest.add(&id.to_string(), version);
        }
        Ok(digests)
    }
}
