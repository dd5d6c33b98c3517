//! Events of other services: each batch becomes one commit.

use std::sync::Arc;

use async_trait::async_trait;
use kith_shared::{
    events::{network, search, users},
    ids::ImportId,
};
use skeleton_durable::{
    Envelope, Event,
    clock::Clock,
    commit::ChangeSet,
    consumer::{HandleError, Handler},
};
use tokio::sync::Notify;

use crate::{
    application::{
        erase_account::EraseAccount,
        queue_sample::{QueueSample, SampleError},
        settle_import::SettleImport,
        take_account::account_of,
    },
    ports::{Store, Write},
};

/// The event types that ingest wants.
pub(crate) const KINDS: [&str; 5] = [
    users::AccountChanged::TYPE,
    users::SampleRequested::TYPE,
    users::ErasureRequested::TYPE,
    network::ImportApplied::TYPE,
    search::ImportApplied::TYPE,
];

/// See the module.
pub(crate) struct Events {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settle: SettleImport,
    pub(crate) sample: QueueSample,
    pub(crate) erase: EraseAccount,
    pub(crate) wake: Arc<Notify>,
}

/// Which of the two have applied an import.
type Applied = std::collections::BTreeMap<ImportId, (bool, bool)>;

#[async_trait]
impl Handler for Events {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let mut change = ChangeSet::new();
        let mut applied = Applied::new();
        for event in events {
            change = self.one(change, event, &mut applied).await?;
        }
        let at = crate::application::now(&*self.clock);
        for (import, (by_search, by_network)) in applied {
            change = self
                .settle
                .append(change, import, by_search, by_network, at)
                .await?;
        }
        self.store.commit(change.handled(events)).await?;
        self.wake.notify_one();
        Ok(())
    }
}

impl Events {
    async fn one(
        &self,
        mut change: ChangeSet<Write>,
        event: &Envelope,
        applied: &mut Applied,
    ) -> Result<ChangeSet<Write>, HandleError> {
        if event.is::<users::AccountChanged>() {
            change
                .writes
                .push(Write::Account(account_of(event.open()?)));
        } else if event.is::<network::ImportApplied>() {
            let import = event.open::<network::ImportApplied>()?.import_id;
            applied.entry(import).or_default().1 = true;
        } else if event.is::<search::ImportApplied>() {
            let import = event.open::<search::ImportApplied>()?.import_id;
            applied.entry(import).or_default().0 = true;
        } else if event.is::<users::SampleRequested>() {
            let request = event.open::<users::SampleRequested>()?;
            let queued = self
                .sample
                .append(
                    change,
                    event,
                    request,
                    crate::application::now(&*self.clock),
                )
                .await;
            change = queued.map_err(|error| match error {
                SampleError::Accounts(_) => HandleError::Reject(error.to_string()),
                SampleError::Blobs(_) | SampleError::Generator(_) => {
                    HandleError::Retry(error.to_string())
                }
            })?;
        } else if event.is::<users::ErasureRequested>() {
            change = self.erase.append(change, &event.open()?).await?;
        }
        Ok(change)
    }
}
