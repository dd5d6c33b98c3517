//! The bus within one process: an outbox row moves into each consumer's inbox, then is deleted.
//! There is no third log, so there is nothing to lose between the two.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use super::{Bus, PublishError, Subscription, Tap, Tapped};
use crate::{Envelope, consumer::Worker, crash, inbox::Inbox};

/// How many events a tap may fall behind before it misses some.
const TAP_CAPACITY: usize = 4096;

/// The bus between the services of one process.
pub struct InProcessBus {
    consumers: RwLock<Vec<Consumer>>,
    taps: broadcast::Sender<Tapped>,
}

#[derive(Clone)]
struct Consumer {
    name: &'static str,
    kinds: Vec<&'static str>,
    inbox: Arc<dyn Inbox>,
    arrived: Arc<Notify>,
}

impl Default for InProcessBus {
    fn default() -> Self {
        Self {
            consumers: RwLock::default(),
            taps: broadcast::Sender::new(TAP_CAPACITY),
        }
    }
}

impl InProcessBus {
    fn consumers(&self) -> Vec<Consumer> {
        self.consumers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Bus for InProcessBus {
    async fn publish(&self, events: &[Envelope]) -> Result<(), PublishError> {
        for consumer in self.consumers() {
            let wanted: Vec<Envelope> = events
                .iter()
                .filter(|event| consumer.kinds.contains(&event.kind.as_str()))
                .cloned()
                .collect();
            if wanted.is_empty() {
                continue;
            }
            consumer
                .inbox
                .receive(&wanted)
                .await
                .map_err(|error| PublishError {
                    confirmed: Vec::new(),
                    reason: format!("inbox of {}: {error}", consumer.name),
                })?;
            crash::point("inbox.received");
            consumer.arrived.notify_one();
        }
        if self.taps.receiver_count() > 0 {
            for event in events {
                // No receiver left is no failure: taps are best effort.
                let _ = self.taps.send(Tapped::Event(Arc::new(event.clone())));
            }
        }
        Ok(())
    }

    async fn send_to(&self, consumer: &str, events: &[Envelope]) -> Result<(), PublishError> {
        let failed = |reason| PublishError {
            confirmed: Vec::new(),
            reason,
        };
        let consumers = self.consumers();
        let consumer = consumers
            .iter()
            .find(|known| known.name == consumer)
            .ok_or_else(|| failed(format!("there is no consumer {consumer}")))?;
        consumer
            .inbox
            .receive(events)
            .await
            .map_err(|error| failed(format!("inbox of {}: {error}", consumer.name)))?;
        consumer.arrived.notify_one();
        Ok(())
    }

    async fn subscribe(
        &self,
        subscription: Subscription,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let arrived = Arc::new(Notify::new());
        let consumer = Consumer {
            name: subscription.consumer,
            kinds: subscription.kinds.clone(),
            inbox: subscription.inbox.clone(),
            arrived: arrived.clone(),
        };
        {
            let mut consumers = self
                .consumers
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            anyhow::ensure!(
                consumers.iter().all(|known| known.name != consumer.name),
                "a consumer named {} is there already",
                consumer.name
            );
            consumers.push(consumer);
        }
        tokio::spawn(Worker::new(subscription, arrived).run(stop));
        Ok(())
    }

    fn look_again(&self, consumer: &str) {
        for known in self.consumers() {
            if known.name == consumer {
                known.arrived.notify_one();
            }
        }
    }

    fn tap(&self) -> Tap {
        Tap(self.taps.subscribe())
    }
}
