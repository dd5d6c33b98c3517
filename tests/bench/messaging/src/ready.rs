//! Waits until the queue is there and somebody consumes it: what is sent before that, some lose.

use std::time::{Duration, Instant};

use lapin::{Connection, ConnectionProperties, options::QueueDeclareOptions, types::FieldTable};
use serde_json::json;

use crate::settings::Settings;

const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// Returns once somebody consumes.
pub(crate) async fn ready(settings: &Settings) -> anyhow::Result<serde_json::Value> {
    let connection =
        Connection::connect(&settings.rabbitmq, ConnectionProperties::default()).await?;
    let begun = Instant::now();
    while !consumed(&connection, &settings.queue()).await? {
        anyhow::ensure!(
            begun.elapsed() < PATIENCE,
            "nobody consumes {}",
            settings.queue()
        );
        tokio::time::sleep(PAUSE).await;
    }
    // Channels may still be closing, which is no failure.
    let _ = connection.close(200, "done".into()).await;
    Ok(json!({ "seconds": begun.elapsed().as_secs_f64() }))
}

async fn consumed(connection: &Connection, queue: &str) -> lapin::Result<bool> {
    // Asking for a queue that is not there closes the channel.
    let channel = connection.create_channel().await?;
    let passive = QueueDeclareOptions {
        passive: true,
        ..Default::default()
    };
    Ok(channel
        .queue_declare(queue.into(), passive, FieldTable::default())
        .await
        .is_ok_and(|queue| queue.consumer_count() > 0))
}
