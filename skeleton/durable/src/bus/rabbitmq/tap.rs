//! Every event for this replica alone: a queue of its own that goes with the connection.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use lapin::{
    options::{BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{
    Settings,
    link::Link,
    topology::{bind, short},
};
use crate::bus::Tapped;

const RETRY: Duration = Duration::from_millis(500);
/// How long to wait before looking again whether anybody listens.
const NOBODY: Duration = Duration::from_millis(200);
/// How long the broker may take to make the queue.
const ANSWER: Duration = Duration::from_secs(15);

pub(super) async fn supervise(
    link: Arc<Link>,
    settings: Arc<Settings>,
    taps: broadcast::Sender<Tapped>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = listen(&link, &settings, &taps) => ended,
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "live events interrupted");
        }
        // No receiver left is no failure: taps are best effort.
        let _ = taps.send(Tapped::Missed);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

async fn listen(
    link: &Link,
    settings: &Settings,
    taps: &broadcast::Sender<Tapped>,
) -> lapin::Result<()> {
    while taps.receiver_count() == 0 {
        tokio::time::sleep(NOBODY).await;
    }
    let held = link.held().await;
    let Ok(consumer) = tokio::time::timeout(ANSWER, consume(&held, settings)).await else {
        held.cut();
        return Ok(());
    };
    let mut consumer = consumer?;
    // Only from here on is everything heard.
    let _ = taps.send(Tapped::Missed);
    while let Some(delivery) = consumer.next().await {
        let delivery = delivery?;
        if let Ok(event) = serde_json::from_slice(&delivery.data) {
            let _ = taps.send(Tapped::Event(Arc::new(event)));
        }
        delivery.ack(Default::default()).await?;
    }
    Ok(())
}

async fn consume(held: &super::link::Held, settings: &Settings) -> lapin::Result<lapin::Consumer> {
    let channel = held.channel().await?;
    // The client's own queue of deliveries has no bound: the broker keeps what is not heard yet.
    channel
        .basic_qos(settings.prefetch, BasicQosOptions::default())
        .await?;
    let queue = settings
        .topology
        .tap(&settings.service(), uuid::Uuid::now_v7());
    let alone = QueueDeclareOptions {
        exclusive: true,
        auto_delete: true,
        ..Default::default()
    };
    channel
        .queue_declare(short(&queue), alone, FieldTable::default())
        .await?;
    bind(&channel, &queue, &settings.topology.exchange, "#").await?;
    channel
        .basic_consume(
            short(&queue),
            short(""),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await
}
