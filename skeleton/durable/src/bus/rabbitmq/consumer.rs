//! A consumer's life: connect, consume, handle in batches, acknowledge; again after every loss.
//!
//! An event is acknowledged after its effect is committed, or after it was put into the inbox to be
//! retried or parked. Whatever breaks in between, the broker delivers it again, and the commit of its
//! effect finds that it was handled.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::StreamExt;
use lapin::{
    Channel,
    message::Delivery,
    options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    Settings,
    link::Link,
    state::Troubles,
    topology::{self, Unready, short},
};
use crate::{Envelope, bus::Subscription, consumer::Worker, crash};

/// First wait after a loss; doubles up to [`RETRY_LIMIT`].
const RETRY: Duration = Duration::from_millis(50);
const RETRY_LIMIT: Duration = Duration::from_secs(5);
/// How long opening a channel and declaring may take.
const ANSWER: Duration = Duration::from_secs(15);
/// How long to hold a batch before trying again when the consumer's store is away.
const STORE_AWAY: Duration = Duration::from_millis(500);

/// What a consumer works with.
pub(super) struct Consumer {
    pub(super) link: Arc<Link>,
    pub(super) settings: Arc<Settings>,
    pub(super) troubles: Arc<Troubles>,
    pub(super) subscription: Subscription,
}

/// Starts the two tasks of a consumer: one for what comes from the broker, one for what waits in
/// its inbox. What is returned wakes the latter.
pub(super) fn start(consumer: Consumer, stop: CancellationToken) -> Arc<Notify> {
    let postponed = Arc::new(Notify::new());
    let worker = Worker::new(consumer.subscription.clone(), postponed.clone());
    tokio::spawn(worker.run(stop.clone()));
    tokio::spawn(consumer.supervise(postponed.clone(), stop));
    postponed
}

impl Consumer {
    async fn supervise(self, postponed: Arc<Notify>, stop: CancellationToken) {
        let name = self.subscription.consumer;
        let mut wait = RETRY;
        loop {
            let channel = tokio::select! {
                () = stop.cancelled() => return,
                channel = self.open() => channel,
            };
            let ended = match channel {
                Ok(channel) => {
                    wait = RETRY;
                    let _in_use = self.link.in_use();
                    self.consume(channel, &postponed, &stop).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = ended {
                tracing::warn!(consumer = name, error, "to be connected again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(RETRY_LIMIT);
        }
    }

    /// Waits for a connection and opens a channel on which to consume.
    async fn open(&self) -> Result<Channel, String> {
        let held = self.link.held().await;
        let Settings {
            topology,
            declares,
            prefetch,
            ..
        } = &*self.settings;
        let open = async {
            let channel = held.channel().await?;
            topology::prepare(topology, declares, false, &channel).await?;
            // Before consuming: the client's own queue of deliveries has no bound.
            channel
                .basic_qos(*prefetch, BasicQosOptions::default())
                .await?;
            Ok::<_, Unready>(channel)
        };
        let Ok(opened) = tokio::time::timeout(ANSWER, open).await else {
            held.cut();
            return Err("the broker does not answer".to_owned());
        };
        let met = match &opened {
            Err(Unready::Topology(text)) => Some(text.clone()),
            _ => None,
        };
        if !matches!(opened, Err(Unready::Lost(_))) {
            self.troubles.note(self.subscription.consumer, met);
        }
        opened.map_err(|error| error.to_string())
    }

    /// Consumes until the channel is lost or it is told to stop: then it finishes what it has in
    /// hand; the rest goes back to the queue.
    async fn consume(
        &self,
        channel: Channel,
        postponed: &Arc<Notify>,
        stop: &CancellationToken,
    ) -> Result<(), String> {
        let lost = |error: lapin::Error| error.to_string();
        let queue = self.settings.topology.queue(self.subscription.consumer);
        let consumer = channel
            .basic_consume(
                short(&queue),
                short(""),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .map_err(lost)?;
        let tag = consumer.tag();
        let worker = Worker::new(self.subscription.clone(), postponed.clone());
        // While one half of what the broker may send is handled, the other is on its way.
        let half = usize::from(self.settings.prefetch / 2).max(1);
        let batch = half.min(self.subscription.options.batch.max(1) as usize);
        let mut batches = consumer.ready_chunks(batch);
        loop {
            let batch = tokio::select! {
                () = stop.cancelled() => {
                    channel.basic_cancel(tag, BasicCancelOptions::default()).await.map_err(lost)?;
                    return channel.close(200, short("stopping")).await.map_err(lost);
                }
                batch = batches.next() => batch,
            };
            let Some(batch) = batch else {
                return Err(format!("the broker ended the consumer of {queue}"));
            };
            let mut deliveries = Vec::with_capacity(batch.len());
            let mut broken = None;
            for delivery in batch {
                match delivery {
                    Ok(delivery) => deliveries.push(delivery),
                    Err(error) => broken = Some(error),
                }
            }
            if let Some(error) = broken {
                return Err(lost(error));
            }
            let Some(last) = deliveries.last() else {
                continue;
            };
            let tag = last.delivery_tag;
            crash::point("delivery.received");
            if !self.handle(&worker, &deliveries, stop).await {
                return Ok(());
            }
            postponed.notify_one();
            crash::point("ack.before");
            channel
                .basic_ack(tag, BasicAckOptions { multiple: true })
                .await
                .map_err(lost)?;
            crash::point("ack.after");
        }
    }

    /// Handles a batch to its end, waiting for the consumer's store if it is away. False when told
    /// to stop before that.
    async fn handle(
        &self,
        worker: &Worker,
        deliveries: &[Delivery],
        stop: &CancellationToken,
    ) -> bool {
        let name = self.subscription.consumer;
        let mut events: Vec<Envelope> = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            match serde_json::from_slice(&delivery.data) {
                Ok(event) => events.push(event),
                // Nobody who speaks this protocol sends such a thing, and there is no id under
                // which it could be kept.
                Err(error) => tracing::error!(
                    consumer = name, %error, bytes = delivery.data.len(),
                    "a message that is no event was dropped"
                ),
            }
        }
        events.sort_by_key(|event| event.id);
        events.dedup_by_key(|event| event.id);
        loop {
            match worker.process(&mut events, &HashMap::new()).await {
                Ok(false) => return true,
                Ok(true) => {}
                Err(error) => {
                    tracing::warn!(consumer = name, %error, "inbox not writable");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return false,
                () = tokio::time::sleep(STORE_AWAY) => {}
            }
        }
    }
}
