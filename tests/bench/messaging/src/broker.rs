//! The broker's ceiling: bare lapin, persistent messages with confirms into a quorum queue, and a
//! consumer that only acknowledges. No store, no HTTP.

use std::time::Instant;

use futures::StreamExt;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable, LongString},
};
use serde_json::json;
use uuid::Uuid;

use crate::{payload, settings::Settings};

/// As the services on the skeleton.
pub(crate) const PREFETCH: u16 = 300;
/// Deliveries acknowledged at once, at most.
pub(crate) const ACKED: usize = 300;
const PERSISTENT: u8 = 2;
const KEY: &str = "template.thing-changed";

/// Publishes with so many unconfirmed, consumes beside it; answers messages a second.
pub(crate) async fn run(
    settings: &Settings,
    messages: u64,
    in_flight: u64,
) -> anyhow::Result<serde_json::Value> {
    let connection =
        Connection::connect(&settings.rabbitmq, ConnectionProperties::default()).await?;
    let consuming =
        Connection::connect(&settings.rabbitmq, ConnectionProperties::default()).await?;
    let publisher = connection.create_channel().await?;
    declare(&publisher, settings).await?;
    publisher
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    let channel = consuming.create_channel().await?;
    channel
        .basic_qos(PREFETCH, BasicQosOptions::default())
        .await?;
    let deliveries = channel
        .basic_consume(
            settings.queue().as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;

    let begun = Instant::now();
    let consumer = tokio::spawn(async move {
        let mut batches = deliveries.ready_chunks(ACKED);
        let mut left = messages;
        while left > 0 {
            let batch = batches
                .next()
                .await
                .ok_or_else(|| anyhow::anyhow!("the consumer ended"))?;
            let count = batch.len() as u64;
            let last = batch
                .into_iter()
                .last()
                .ok_or_else(|| anyhow::anyhow!("an empty batch"))??;
            channel
                .basic_ack(last.delivery_tag, BasicAckOptions { multiple: true })
                .await?;
            left = left.saturating_sub(count);
        }
        anyhow::Ok(())
    });
    let in_flight = usize::try_from(in_flight)?;
    let mut confirms = futures::stream::iter(0..messages)
        .map(async |number| {
            let (_, event) = payload::event(number)?;
            publish(
                &publisher,
                &settings.exchange,
                event.id.0,
                &serde_json::to_vec(&event)?,
            )
            .await
        })
        .buffer_unordered(in_flight);
    while let Some(confirmed) = confirms.next().await {
        confirmed?;
    }
    let published = begun.elapsed().as_secs_f64();
    consumer.await??;
    let seconds = begun.elapsed().as_secs_f64();
    connection.close(200, "done".into()).await?;
    consuming.close(200, "done".into()).await?;
    Ok(json!({
        "events": messages,
        "seconds": seconds,
        "published_per_second": messages as f64 / published,
    }))
}

/// Publishes one and waits until the broker has it.
pub(crate) async fn publish(
    channel: &Channel,
    exchange: &str,
    id: Uuid,
    body: &[u8],
) -> anyhow::Result<()> {
    let properties = BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_message_id(id.to_string().into());
    let options = BasicPublishOptions {
        mandatory: true,
        ..Default::default()
    };
    let confirm = channel
        .basic_publish(exchange.into(), KEY.into(), options, body, properties)
        .await?
        .await?;
    anyhow::ensure!(confirm == Confirmation::Ack(None), "not taken: {confirm:?}");
    Ok(())
}

/// Exchange and queue as the skeleton declares them.
pub(crate) async fn declare(channel: &Channel, settings: &Settings) -> lapin::Result<()> {
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..Default::default()
    };
    let exchange = settings.exchange.as_str();
    channel
        .exchange_declare(
            exchange.into(),
            ExchangeKind::Topic,
            durable,
            FieldTable::default(),
        )
        .await?;
    let mut arguments = FieldTable::default();
    let text = |value: &str| AMQPValue::LongString(LongString::from(value));
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    let durable = QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    let queue = settings.queue();
    channel
        .queue_declare(queue.as_str().into(), durable, arguments)
        .await?;
    channel
        .queue_bind(
            queue.as_str().into(),
            exchange.into(),
            KEY.into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
}
