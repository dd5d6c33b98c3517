//! What is done with the events that the service subscribed to.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use skeleton_durable::{
    Envelope, Event,
    commit::ChangeSet,
    consumer::{HandleError, Handler},
};

use crate::{
    domain::thing::ThingChanged,
    ports::{Store, Write},
};

/// The event types that this service wants.
pub const KINDS: &[&str] = &[ThingChanged::TYPE];

/// Counts changes for each account.
pub(crate) struct Events {
    pub(crate) store: Arc<dyn Store>,
}

#[async_trait]
impl Handler for Events {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let mut changes = BTreeMap::new();
        for event in events.iter().filter(|event| event.is::<ThingChanged>()) {
            *changes
                .entry(event.open::<ThingChanged>()?.account_id)
                .or_insert(0) += 1;
        }
        let mut change = ChangeSet::new().handled(events);
        for (account, changes) in changes {
            change = change.write(Write::Activity { account, changes });
        }
        Ok(self.store.commit(change).await?)
    }
}
