//! The bus over RabbitMQ: persistent messages, publisher confirms, hundreds in flight.
//!
//! Connections come and go; a supervisor makes them anew, declares the topology again and goes on.
//! An event leaves the outbox only after the broker has confirmed it without returning it. What a
//! consumer could not handle at once moves into its inbox, so retries and parking are the same as
//! within one process.

mod consumer;
mod link;
mod tap;
mod topology;

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::future::join_all;
use lapin::{
    BasicProperties, Channel, Confirmation,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::sync::{Mutex, Notify, broadcast};
use tokio_util::sync::CancellationToken;

use self::link::Link;
pub use self::topology::Topology;
use super::{Bus, PublishError, Subscription, Tap, Tapped};
use crate::{Envelope, EventId};

/// How to reach the broker.
#[derive(Clone)]
pub struct Settings {
    /// `amqp://user:password@host:port/vhost`, or `amqps:`.
    pub url: String,
    /// How the connections are named in the broker's management.
    pub name: String,
    /// Who wants what.
    pub topology: Topology,
    /// Most deliveries in flight to one consumer.
    pub prefetch: u16,
}

impl Settings {
    /// With a prefetch of 300, which measured best.
    #[must_use]
    pub fn new(url: impl Into<String>, name: impl Into<String>, topology: Topology) -> Self {
        Self {
            url: url.into(),
            name: name.into(),
            topology,
            prefetch: 300,
        }
    }
}

/// How long the broker may take to confirm a batch.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(20);
/// Delivery mode of messages that survive a restart of the broker.
const PERSISTENT: u8 = 2;
/// How many events a tap may fall behind before it misses some.
const TAP_CAPACITY: usize = 4096;

/// Where a message goes.
#[derive(Clone, Copy)]
struct Destination<'a> {
    exchange: &'a str,
    routing_key: &'a str,
}

/// See the module.
pub struct RabbitMqBus {
    link: Arc<Link>,
    publisher: Mutex<Option<Channel>>,
    taps: broadcast::Sender<Tapped>,
    /// Wakes the workers of this process, by consumer.
    waiting: std::sync::Mutex<Vec<(&'static str, Arc<Notify>)>>,
}

impl RabbitMqBus {
    /// A bus that connects when it is first needed, and again whenever the connection is lost. The
    /// broker need not be there yet. `stop` ends the supervisors.
    #[must_use]
    pub fn new(settings: Settings, stop: CancellationToken) -> Self {
        let link = Arc::new(Link::new(settings));
        let taps = broadcast::Sender::new(TAP_CAPACITY);
        tokio::spawn(tap::supervise(link.clone(), taps.clone(), stop));
        Self {
            link,
            publisher: Mutex::new(None),
            taps,
            waiting: std::sync::Mutex::default(),
        }
    }

    /// Whether the broker can be reached now.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn ping(&self) -> Result<(), String> {
        self.link
            .channel()
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }

    async fn publisher(&self, slot: &mut Option<Channel>) -> Result<Channel, String> {
        if let Some(channel) = slot.as_ref().filter(|channel| channel.status().connected()) {
            return Ok(channel.clone());
        }
        let open = async {
            let channel = self.link.channel().await?;
            channel
                .confirm_select(ConfirmSelectOptions::default())
                .await?;
            self.link.settings.topology.declare(&channel).await?;
            Ok::<_, lapin::Error>(channel)
        };
        let channel = tokio::time::timeout(CONFIRM_TIMEOUT, open)
            .await
            .map_err(|_| "the broker does not answer".to_owned())?
            .map_err(|error| format!("broker: {error}"))?;
        Ok(slot.insert(channel).clone())
    }

    /// Sends one event to an exchange and waits for the broker's word.
    async fn send(
        &self,
        channel: &Channel,
        to: Destination<'_>,
        event: &Envelope,
    ) -> Result<EventId, String> {
        let body = serde_json::to_vec(event).map_err(|error| error.to_string())?;
        let properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_content_type(topology::short("application/cloudevents+json"))
            .with_message_id(topology::short(&event.id.to_string()))
            .with_type(topology::short(&event.kind));
        let confirm = channel
            .basic_publish(
                topology::short(to.exchange),
                topology::short(to.routing_key),
                BasicPublishOptions {
                    mandatory: true,
                    ..Default::default()
                },
                &body,
                properties,
            )
            .await
            .map_err(|error| error.to_string())?;
        match confirm.await {
            Ok(Confirmation::Ack(None)) => Ok(event.id),
            Ok(Confirmation::Ack(Some(_))) => Err(format!("{}: no queue takes it", event.kind)),
            Ok(_) => Err("refused by the broker".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Sends each event to where `to` says; an event without destination counts as taken over.
    async fn hand_over<'a>(
        &self,
        events: &'a [Envelope],
        to: impl Fn(&'a Envelope) -> Option<Destination<'a>>,
    ) -> Result<(), PublishError> {
        let mut slot = self.publisher.lock().await;
        let failed = |confirmed, reason| PublishError { confirmed, reason };
        let channel = self
            .publisher(&mut slot)
            .await
            .map_err(|error| failed(Vec::new(), error))?;
        let channel = &channel;
        let sends = events.iter().map(|event| {
            let to = to(event);
            async move {
                match to {
                    Some(to) => self.send(channel, to, event).await,
                    None => Ok(event.id),
                }
            }
        });
        let Ok(outcomes) = tokio::time::timeout(CONFIRM_TIMEOUT, join_all(sends)).await else {
            // Which of them arrived is unknown: all are sent again, the inboxes absorb it.
            *slot = None;
            return Err(failed(Vec::new(), "the broker does not confirm".to_owned()));
        };
        let (mut confirmed, mut reason) = (Vec::with_capacity(events.len()), None);
        for outcome in outcomes {
            match outcome {
                Ok(id) => confirmed.push(id),
                Err(error) => reason = Some(error),
            }
        }
        match reason {
            None => Ok(()),
            Some(reason) => {
                if !channel.status().connected() {
                    *slot = None;
                }
                Err(failed(confirmed, reason))
            }
        }
    }
}

#[async_trait]
impl Bus for RabbitMqBus {
    async fn publish(&self, events: &[Envelope]) -> Result<(), PublishError> {
        let topology = &self.link.settings.topology;
        self.hand_over(events, |event| {
            topology.wanted(&event.kind).then_some(Destination {
                exchange: &topology.exchange,
                routing_key: &event.kind,
            })
        })
        .await
    }

    async fn send_to(&self, consumer: &str, events: &[Envelope]) -> Result<(), PublishError> {
        let topology = &self.link.settings.topology;
        if !topology.consumers.iter().any(|(name, _)| *name == consumer) {
            return Err(PublishError {
                confirmed: Vec::new(),
                reason: format!("there is no consumer {consumer}"),
            });
        }
        // The default exchange leads to the queue that bears the routing key as its name.
        let queue = topology.queue(consumer);
        self.hand_over(events, |_| {
            Some(Destination {
                exchange: "",
                routing_key: &queue,
            })
        })
        .await
    }

    async fn subscribe(
        &self,
        subscription: Subscription,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let known = self
            .link
            .settings
            .topology
            .consumers
            .iter()
            .any(|(name, kinds)| {
                *name == subscription.consumer
                    && subscription.kinds.iter().all(|kind| kinds.contains(kind))
            });
        anyhow::ensure!(
            known,
            "the topology does not hold consumer {} with all of its event types",
            subscription.consumer
        );
        let name = subscription.consumer;
        let wake = consumer::start(self.link.clone(), subscription, stop);
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((name, wake));
        Ok(())
    }

    fn look_again(&self, consumer: &str) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, wake) in waiting.iter().filter(|(name, _)| *name == consumer) {
            wake.notify_one();
        }
    }

    fn tap(&self) -> Tap {
        Tap(self.taps.subscribe())
    }
}
