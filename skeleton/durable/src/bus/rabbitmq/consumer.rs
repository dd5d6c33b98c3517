//! A consumer's life: connect, consume, handle in batches, acknowledge; again after every loss.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use lapin::{
    message::Delivery,
    options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{link::Link, topology::short};
use crate::{Envelope, bus::Subscription, consumer::Worker, inbox::Pending};

/// First wait after a loss; doubles up to [`RETRY_LIMIT`].
const RETRY: Duration = Duration::from_millis(100);
const RETRY_LIMIT: Duration = Duration::from_secs(5);
/// How long to hold a batch before trying again when the consumer's store is away.
const STORE_AWAY: Duration = Duration::from_millis(500);

/// Starts the two tasks of a consumer: one for what comes from the broker, one for what waits in
/// its inbox. What is returned wakes the latter.
pub(super) fn start(
    link: Arc<Link>,
    subscription: Subscription,
    stop: CancellationToken,
) -> Arc<Notify> {
    let postponed = Arc::new(Notify::new());
    tokio::spawn(Worker::new(subscription.clone(), postponed.clone()).run(stop.clone()));
    tokio::spawn(supervise(link, subscription, postponed.clone(), stop));
    postponed
}

async fn supervise(
    link: Arc<Link>,
    subscription: Subscription,
    postponed: Arc<Notify>,
    stop: CancellationToken,
) {
    let mut wait = RETRY;
    while !stop.is_cancelled() {
        match consume(&link, &subscription, &postponed, &stop, &mut wait).await {
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(consumer = subscription.consumer, %error, "to be connected again");
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(RETRY_LIMIT);
    }
}

async fn consume(
    link: &Link,
    subscription: &Subscription,
    postponed: &Arc<Notify>,
    stop: &CancellationToken,
    wait: &mut Duration,
) -> lapin::Result<()> {
    let channel = link.channel().await?;
    link.settings.topology.declare(&channel).await?;
    // Before consuming: the client's own queue of deliveries has no bound.
    channel
        .basic_qos(link.settings.prefetch, BasicQosOptions::default())
        .await?;
    let queue = link.settings.topology.queue(subscription.consumer);
    let consumer = channel
        .basic_consume(
            short(&queue),
            short(""),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    let tag = consumer.tag();
    *wait = RETRY;
    let worker = Worker::new(subscription.clone(), postponed.clone());
    let mut batches = consumer.ready_chunks(subscription.options.batch as usize);
    loop {
        let batch = tokio::select! {
            () = stop.cancelled() => {
                // What was delivered and not taken in hand goes back when the channel closes.
                channel.basic_cancel(tag, BasicCancelOptions::default()).await?;
                channel.close(200, short("stopping")).await?;
                return Ok(());
            }
            batch = batches.next() => batch,
        };
        let Some(batch) = batch else { return Ok(()) };
        let mut deliveries = Vec::with_capacity(batch.len());
        for delivery in batch {
            deliveries.push(delivery?);
        }
        let Some(last) = deliveries.last() else {
            continue;
        };
        let tag = last.delivery_tag;
        if !handle(&worker, subscription, &deliveries, stop).await {
            return Ok(());
        }
        postponed.notify_one();
        channel
            .basic_ack(tag, BasicAckOptions { multiple: true })
            .await?;
    }
}

/// Handles a batch to its end, waiting for the consumer's store if it is away. False when told to
/// stop before that.
async fn handle(
    worker: &Worker,
    subscription: &Subscription,
    deliveries: &[Delivery],
    stop: &CancellationToken,
) -> bool {
    let mut events: Vec<Envelope> = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        match serde_json::from_slice(&delivery.data) {
            Ok(event) => events.push(event),
            // Nobody who speaks this protocol sends such a thing, and there is no id under which
            // it could be kept.
            Err(error) => tracing::error!(
                consumer = subscription.consumer, %error, bytes = delivery.data.len(),
                "a message that is no event was dropped"
            ),
        }
    }
    events.sort_by_key(|event| event.id);
    events.dedup_by_key(|event| event.id);
    loop {
        let known = subscription
            .inbox
            .known(&events.iter().map(|event| event.id).collect::<Vec<_>>())
            .await;
        let outcome = match known {
            Ok(known) => {
                events.retain(|event| !known.contains(&event.id));
                if events.is_empty() {
                    return true;
                }
                let pending = events.iter().map(|event| Pending {
                    event: event.clone(),
                    attempts: 0,
                });
                worker.process(pending.collect()).await
            }
            Err(error) => Err(error),
        };
        match outcome {
            Ok(false) => return true,
            Ok(true) => {}
            Err(error) => {
                tracing::warn!(consumer = subscription.consumer, %error, "inbox not writable");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return false,
            () = tokio::time::sleep(STORE_AWAY) => {}
        }
    }
}
