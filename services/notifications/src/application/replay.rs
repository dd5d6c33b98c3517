//! What is held of other services' subjects, to be compared with what they have.

use async_trait::async_trait;
use kith_shared::events::users::{AccountChanged, CircleChanged, ErasureRequested};
use skeleton_durable::{
    Event as _,
    commit::CommitError,
    reconcile::{Digests, Holdings},
};

use super::App;

/// Of invitations it is not kept whose they are, and of imports nothing: they are not compared.
#[async_trait]
impl Holdings for App {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            AccountChanged::TYPE,
            CircleChanged::TYPE,
            ErasureRequested::TYPE,
        ]
    }

    async fn digests(&self, kind: &str) -> Result<Digests, CommitError> {
        self.store.digests(kind).await
    }
}
