//! Which epoch it is: what was read before the stores were restored does not count any more.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use skeleton_durable::commit::{ChangeSet, CommitError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::App;
use crate::{
    domain::epoch::Epoch,
    ports::{Store, Write},
};

/// How often the store is asked for what another replica was told.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The epoch as this process knows it. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Current(Arc<RwLock<Epoch>>);

impl Current {
    /// As the store has it.
    #[must_use]
    pub fn new(epoch: Epoch) -> Self {
        Self(Arc::new(RwLock::new(epoch)))
    }

    /// Which it is.
    #[must_use]
    pub fn get(&self) -> Epoch {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn is(&self, epoch: Epoch) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = epoch;
    }

    /// Follows what other replicas are told, until `stop`.
    pub async fn follow(self, store: Arc<dyn Store>, stop: CancellationToken) {
        while stop
            .run_until_cancelled(tokio::time::sleep(LOOK_EVERY))
            .await
            .is_some()
        {
            // Where the store is away nothing is restored either.
            if let Ok(epoch) = store.epoch().await {
                self.is(epoch);
            }
        }
    }
}

impl App {
    /// The stores were restored: nothing that was read before counts.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn begin_epoch(&self, id: Uuid) -> Result<(), CommitError> {
        let name = id.simple().to_string();
        let write = Write::Epoch(name);
        self.store.commit(ChangeSet::new().write(write)).await?;
        self.epoch.is(Epoch::begins(id));
        Ok(())
    }
}
