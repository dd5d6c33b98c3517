//! The bus port: from one service's outbox to the inboxes of those who want to know.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::{
    Envelope, EventId,
    clock::Clock,
    consumer::{Handler, Options},
    inbox::Inbox,
};

pub mod in_process;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq;

/// A consumer: one service's interest in event types, the same for all of its replicas. Of the
/// replicas one gets each event.
#[derive(Clone)]
pub struct Subscription {
    /// Name of the service; stable, since what waits for it is kept under it.
    pub consumer: &'static str,
    /// The event types it wants.
    pub kinds: Vec<&'static str>,
    /// Where its events wait.
    pub inbox: Arc<dyn Inbox>,
    /// What handles them.
    pub handler: Arc<dyn Handler>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Batch sizes, attempts, back-off.
    pub options: Options,
}

/// Some events were not taken over.
#[derive(Debug, thiserror::Error)]
#[error("the bus took over {} of the events: {reason}", confirmed.len())]
pub struct PublishError {
    /// Those that were, durably.
    pub confirmed: Vec<EventId>,
    /// Why the others were not.
    pub reason: String,
}

/// What a tap yields.
#[derive(Clone, Debug)]
pub enum Tapped {
    /// An event.
    Event(Arc<Envelope>),
    /// Some were missed (a lost connection, a slow reader): read the state anew.
    Missed,
}

/// The way to the other services.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Hands events over. When it returns `Ok`, every one is durably with the bus or with each
    /// consumer: the sender may forget it.
    ///
    /// # Errors
    /// [`PublishError`] says which were taken over nevertheless; send the others again.
    async fn publish(&self, events: &[Envelope]) -> Result<(), PublishError>;

    /// Hands events over to one consumer only, whatever types it wants. For telling state again.
    ///
    /// # Errors
    /// Like [`Bus::publish`]; also when there is no such consumer.
    async fn send_to(&self, consumer: &str, events: &[Envelope]) -> Result<(), PublishError>;

    /// Declares a consumer and handles its events until `stop`. Returns once it is declared, so
    /// that from then on nothing published is missed; handling goes on in tasks of its own.
    ///
    /// # Errors
    /// When it cannot be declared.
    async fn subscribe(
        &self,
        subscription: Subscription,
        stop: CancellationToken,
    ) -> anyhow::Result<()>;

    /// Something waits in a consumer's inbox that did not come over the bus (a replay): the worker
    /// of this process looks at once, those of other replicas within half a minute.
    fn look_again(&self, consumer: &str);

    /// Every event from now on, for this replica alone and only as long as it listens: for
    /// projections and live updates. Best effort: after [`Tapped::Missed`] read the state anew.
    fn tap(&self) -> Tap;
}

/// See [`Bus::tap`].
#[derive(Debug)]
pub struct Tap(pub(crate) broadcast::Receiver<Tapped>);

impl Tap {
    /// The next event, or none when the bus has ended.
    pub async fn next(&mut self) -> Option<Tapped> {
        match self.0.recv().await {
            Ok(tapped) => Some(tapped),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Tapped::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
