//! The bus, remembering whose inboxes events wait in: for the operator's view of what was parked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use skeleton_durable::{
    Envelope,
    bus::{Bus, PublishError, Subscription, Tap, in_process::InProcessBus},
    clock::Clock,
    inbox::Inbox,
};
use tokio_util::sync::CancellationToken;

/// How long the ids of handled events are kept. Nothing is delivered again after this long, and
/// what would be is harmless by its version.
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 14);
/// How often older ones are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

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

    /// Forgets events that were handled long ago, every hour, until `stop`.
    pub async fn forget_the_old(self: Arc<Self>, clock: Arc<dyn Clock>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let before = clock
                .now()
                .checked_sub(KEPT)
                .unwrap_or(jiff::Timestamp::MIN);
            for (consumer, inbox) in self.all() {
                if let Err(error) = inbox.forget(before).await {
                    tracing::warn!(consumer, %error, "handled events not forgotten");
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = clock.sleep(FORGET_EVERY) => {}
            }
        }
    }
}

#[async_trait]
impl Bus for KnownInboxes {
    async fn publish(&self, events: &[Envelope]) -> Result<(), PublishError> {
        self.bus.publish(events).await
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

    fn tap(&self) -> Tap {
        self.bus.tap()
    }
}
