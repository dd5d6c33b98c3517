//! Every event for this replica alone: a queue of its own that goes with the connection.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use lapin::{
    options::{BasicConsumeOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{
    link::Link,
    topology::{bind, short},
};
use crate::bus::Tapped;

const RETRY: Duration = Duration::from_millis(500);
/// How long to wait before looking again whether anybody listens.
const NOBODY: Duration = Duration::from_millis(200);

pub(super) async fn supervise(
    link: Arc<Link>,
    taps: broadcast::Sender<Tapped>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = listen(&link, &taps) => ended,
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "live events interrupted");
            // No receiver left is no failure: taps are best effort.
            let _ = taps.send(Tapped::Missed);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

async fn listen(link: &Link, taps: &broadcast::Sender<Tapped>) -> lapin::Result<()> {
    while taps.receiver_count() == 0 {
        tokio::time::sleep(NOBODY).await;
    }
    let channel = link.channel().await?;
    link.settings.topology.declare(&channel).await?;
    let queue = channel
        .queue_declare(
            short(""),
            QueueDeclareOptions {
                exclusive: true,
                auto_delete: true,
                ..Default::default()
            },
            FieldTable::default(),
        )
        .await?;
    bind(
        &channel,
        queue.name().as_str(),
        &link.settings.topology.exchange,
        "#",
    )
    .await?;
    let mut consumer = channel
        .basic_consume(
            queue.name().clone(),
            short(""),
            BasicConsumeOptions {
                no_ack: true,
                ..Default::default()
            },
            FieldTable::default(),
        )
        .await?;
    // Only from here on is everything heard.
    let _ = taps.send(Tapped::Missed);
    while let Some(delivery) = consumer.next().await {
        if let Ok(event) = serde_json::from_slice(&delivery?.data) {
            let _ = taps.send(Tapped::Event(Arc::new(event)));
        }
    }
    Ok(())
}
