//! The bus over RabbitMQ: persistent messages, publisher confirms, hundreds in flight.
//!
//! Two connections, one to publish and one to consume, each kept by a supervisor: a broker whose
//! disk is full stops reading from those who publish, and consumers must go on. An event leaves the
//! outbox only after the broker has confirmed it without returning it. What a consumer could not
//! handle at once moves into its inbox, so retries and parking are the same as within one process.

mod connect;
mod consumer;
mod link;
mod publisher;
mod state;
mod tap;
mod topology;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::{Notify, broadcast};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    consumer::Consumer,
    link::Link,
    publisher::{Publisher, Route},
    state::Troubles,
};
pub use self::{state::State, topology::Declares};
use super::{Bus, PublishError, Subscription, Tap, Tapped};
use crate::Envelope;
pub use crate::topology::Topology;

/// How to reach the broker and what to be there.
#[derive(Clone)]
pub struct Settings {
    /// `amqp://user:password@host:port/vhost`, or `amqps:`, which trusts whom the machine trusts, or
    /// with `?cacertfile=/path` the certificates of that file alone. `?heartbeat=` seconds wins over
    /// [`Settings::heartbeat_seconds`].
    pub url: String,
    /// How the connections are named in the broker's management.
    pub name: String,
    /// Who wants what.
    pub topology: Topology,
    /// What this service declares.
    pub declares: Declares,
    /// Most deliveries in flight to one consumer.
    pub prefetch: u16,
    /// Most events that the broker has not confirmed yet.
    pub in_flight: usize,
    /// A broker that is silent for twice this long is given up.
    pub heartbeat_seconds: u16,
    /// How often to look again for a queue that was missing.
    pub recheck: Duration,
}

impl Settings {
    /// With a prefetch of 300, which measured best, declaring everything.
    #[must_use]
    pub fn new(url: impl Into<String>, name: impl Into<String>, topology: Topology) -> Self {
        Self {
            url: url.into(),
            name: name.into(),
            topology,
            declares: Declares::Everything,
            prefetch: 300,
            in_flight: 2000,
            heartbeat_seconds: 8,
            recheck: Duration::from_secs(2),
        }
    }

    /// The service's name as a part of a queue's name.
    fn service(&self) -> String {
        let name = match &self.declares {
            Declares::Own(service) => service,
            Declares::Everything => &self.name,
        };
        name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "-")
    }
}

/// How many events a tap may fall behind before it misses some.
const TAP_CAPACITY: usize = 4096;

/// The bus over RabbitMQ; it connects by itself, and again whenever it was cut off.
pub struct RabbitMqBus {
    settings: Arc<Settings>,
    consuming: Arc<Link>,
    publisher: Arc<Publisher>,
    troubles: Arc<Troubles>,
    taps: broadcast::Sender<Tapped>,
    tasks: TaskTracker,
    /// Wakes the workers of this process, by consumer.
    waiting: Mutex<Vec<(&'static str, Arc<Notify>)>>,
}

impl RabbitMqBus {
    /// A bus that connects by itself, and again whenever a connection is lost. The broker need not
    /// be there yet. `stop` ends it: what is in hand is finished first, see [`Self::ended`].
    #[must_use]
    pub fn new(settings: Settings, stop: CancellationToken) -> Self {
        let settings = Arc::new(settings);
        let tasks = TaskTracker::new();
        let link = |purpose| {
            let (link, kept) = Link::keep(settings.clone(), purpose, stop.clone());
            tasks.spawn(kept);
            link
        };
        let (consuming, publishing) = (link("consumers"), link("publisher"));
        let troubles = Arc::new(Troubles::default());
        let publisher = Arc::new(Publisher::new(
            publishing,
            settings.clone(),
            troubles.clone(),
        ));
        let taps = broadcast::Sender::new(TAP_CAPACITY);
        tasks.spawn(tap::supervise(
            consuming.clone(),
            settings.clone(),
            taps.clone(),
            stop.clone(),
        ));
        let opener = publisher.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = opener.stay_open() => {}
            }
        });
        tasks.close();
        Self {
            settings,
            consuming,
            publisher,
            troubles,
            taps,
            tasks,
            waiting: Mutex::default(),
        }
    }

    /// How it is, as far as its tasks know: asks nobody.
    #[must_use]
    pub fn state(&self) -> State {
        state::of([&self.consuming, &self.publisher.link], &self.troubles)
    }

    /// Whether events can come and go. A broker that takes no messages for now is no failure: they
    /// wait in the outbox.
    ///
    /// # Errors
    /// Since when they cannot, why, and what to do.
    pub async fn ping(&self) -> Result<(), String> {
        match self.state() {
            State::Connected | State::Blocked { .. } => Ok(()),
            state => Err(state.to_string()),
        }
    }

    /// Returns once it was told to stop and has closed its connections.
    pub async fn ended(&self) {
        self.tasks.wait().await;
    }
}

#[async_trait]
impl Bus for RabbitMqBus {
    async fn publish(&self, events: &[Envelope]) -> Result<(), PublishError> {
        let topology = &self.settings.topology;
        let (wanted, unwanted): (Vec<&Envelope>, Vec<&Envelope>) = events
            .iter()
            .partition(|event| topology.wanted(&event.kind));
        if wanted.is_empty() {
            return Ok(());
        }
        self.publisher
            .publish(&wanted, Route::Everyone)
            .await
            .map_err(|mut error| {
                error
                    .confirmed
                    .extend(unwanted.iter().map(|event| event.id));
                error
            })
    }

    async fn send_to(&self, consumer: &str, events: &[Envelope]) -> Result<(), PublishError> {
        let topology = &self.settings.topology;
        if !topology.consumers.iter().any(|(name, _)| *name == consumer) {
            return Err(PublishError {
                confirmed: Vec::new(),
                reason: format!("there is no consumer {consumer}"),
            });
        }
        let queue = topology.queue(consumer);
        let events: Vec<&Envelope> = events.iter().collect();
        self.publisher.publish(&events, Route::Queue(&queue)).await
    }

    async fn subscribe(
        &self,
        subscription: Subscription,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let known = self
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
        let consumer = Consumer {
            link: self.consuming.clone(),
            settings: self.settings.clone(),
            troubles: self.troubles.clone(),
            subscription,
        };
        let name = consumer.subscription.consumer;
        let wake = consumer::start(consumer, stop);
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
