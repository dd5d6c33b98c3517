//! Exchange and queues, the same whoever declares them: one topic exchange for all events, one
//! quorum queue a consumer, bound by event type.

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, LongString, ShortString},
};

/// Redeliveries after which the broker would drop a message. Newer brokers have a default of 20,
/// which a crash loop spends on innocent messages; failures are counted in the consumer's inbox.
const DELIVERY_LIMIT: i64 = 1_000_000;

/// Who wants what.
#[derive(Clone, Debug)]
pub struct Topology {
    /// Name of the exchange and first part of the queues' names.
    pub exchange: String,
    /// Every consumer and the event types that it wants. Known to publishers as well, so that an
    /// event waits for a consumer that was never started yet, and one that nobody wants is not
    /// sent at all.
    pub consumers: Vec<(&'static str, Vec<&'static str>)>,
}

impl Topology {
    /// The queue of a consumer.
    #[must_use]
    pub fn queue(&self, consumer: &str) -> String {
        format!("{}.{consumer}", self.exchange)
    }

    /// Whether any consumer wants events of this type.
    #[must_use]
    pub fn wanted(&self, kind: &str) -> bool {
        self.consumers
            .iter()
            .any(|(_, kinds)| kinds.contains(&kind))
    }

    /// Declares all of it; what is there already, the same, stays.
    pub(super) async fn declare(&self, on: &Channel) -> lapin::Result<()> {
        on.exchange_declare(
            short(&self.exchange),
            ExchangeKind::Topic,
            ExchangeDeclareOptions {
                durable: true,
                ..Default::default()
            },
            FieldTable::default(),
        )
        .await?;
        for (consumer, kinds) in &self.consumers {
            let queue = self.queue(consumer);
            let mut arguments = FieldTable::default();
            let text = |value: &str| AMQPValue::LongString(LongString::from(value));
            arguments.insert("x-queue-type".into(), text("quorum"));
            arguments.insert(
                "x-delivery-limit".into(),
                AMQPValue::LongLongInt(DELIVERY_LIMIT),
            );
            arguments.insert("x-overflow".into(), text("reject-publish"));
            on.queue_declare(
                short(&queue),
                QueueDeclareOptions {
                    durable: true,
                    ..Default::default()
                },
                arguments,
            )
            .await?;
            for kind in kinds {
                bind(on, &queue, &self.exchange, kind).await?;
            }
        }
        Ok(())
    }
}

pub(super) async fn bind(
    on: &Channel,
    queue: &str,
    exchange: &str,
    kind: &str,
) -> lapin::Result<()> {
    on.queue_bind(
        short(queue),
        short(exchange),
        short(kind),
        QueueBindOptions::default(),
        FieldTable::default(),
    )
    .await
}

pub(super) fn short(text: &str) -> ShortString {
    ShortString::from(text)
}
