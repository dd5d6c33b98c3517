//! The bus, remembering whose inboxes events wait in: for the operator's view of what was parked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use skeleton_durable::{
    Envelope,
    bus::{Bus, PublishError, Subscription, Tap, in_process::InProcessBus},
    inbox::Inbox,
};
use tokio_util::sync::CancellationToken;

/// See the module.
#[derive(Default)]
pub struct KnownInboxes {
    bus: InProcessBus,
    inboxes: Mutex<BTreeMap<&'static str, Arc<dyn Inbox>>>,
}

impl KnownInboxes {
    /// The inboxes by consumer.
    pub fn all(&self) -> BTreeMap<&'static str, Arc<dyn Inbox>> {
        self.inboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Bus for KnownInboxes {
    async fn publish(&self, events: &[Envelope]) -> Result<(), PublishError> {
        self.bus.publish(events).await
    }

    async fn send_to(&self, consumer: &str, events: &[Envelope]) -> Result<(), PublishError> {
        self.bus.send_to(consumer, events).await
    }

    async fn subscribe(
        &self,
        subscription: Subscription,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let (name, inbox) = (subscription.consumer, subscription.inbox.clone());
        self.bus.subscribe(subscription, stop).await?;
        self.inboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, inbox);
        Ok(())
    }

    fn look_again(&self, consumer: &str) {
        self.bus.look_again(consumer);
    }

    fn tap(&self) -> Tap {
        self.bus.tap()
    }
}
