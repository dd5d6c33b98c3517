//! Declaring exchange and queues over AMQP, or checking that they are there.
//!
//! Checking needs no rights: a service may declare everything, or only what is its own. In the
//! second case nothing is published until everybody else's queue is there and bound.

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, LongString, ShortString},
};

use crate::topology::{Argument, QUEUE_ARGUMENTS, Topology};

/// What a service declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declares {
    /// Exchange, queues and bindings of everybody: no need to prepare the broker, but every service
    /// needs the right to configure everything.
    Everything,
    /// The queue and bindings of this consumer only, if it is one; the rest must be there.
    Own(String),
}

/// Why the topology cannot be used. The channel is closed by then.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unready {
    /// Something is missing, differs or is forbidden: what, and what to do.
    #[error("{0}")]
    Topology(String),
    /// The connection failed.
    #[error(transparent)]
    Lost(#[from] lapin::Error),
}

const NOT_FOUND: u16 = 404;
const ACCESS_REFUSED: u16 = 403;
const PRECONDITION_FAILED: u16 = 406;

/// Declares what is ours to declare and, for one who publishes, checks the rest.
pub(super) async fn prepare(
    topology: &Topology,
    declares: &Declares,
    publishes: bool,
    on: &Channel,
) -> Result<(), Unready> {
    exchange(
        on,
        &topology.exchange,
        ExchangeKind::Topic,
        *declares != Declares::Everything,
    )
    .await?;
    for (consumer, kinds) in &topology.consumers {
        let ours = match declares {
            Declares::Everything => true,
            Declares::Own(own) => own == consumer,
        };
        if ours {
            declare(topology, consumer, kinds, on).await?;
        } else if publishes && !kinds.is_empty() {
            check(topology, consumer, kinds, on).await?;
        }
    }
    Ok(())
}

async fn declare(
    topology: &Topology,
    consumer: &str,
    kinds: &[&str],
    on: &Channel,
) -> Result<(), Unready> {
    let queue = topology.queue(consumer);
    let mut arguments = FieldTable::default();
    for (name, value) in QUEUE_ARGUMENTS {
        arguments.insert(name.into(), to_amqp(value));
    }
    let durable = QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    on.queue_declare(short(&queue), durable, arguments)
        .await
        .map_err(|error| explain(&format!("queue {queue}"), error))?;
    for kind in kinds {
        bind(on, &queue, &topology.exchange, kind)
            .await
            .map_err(|error| explain(&format!("binding of {queue} to {kind}"), error))?;
    }
    // Only now: the mark says that the bindings are there.
    exchange(
        on,
        &topology.mark(consumer, kinds),
        ExchangeKind::Fanout,
        false,
    )
    .await
}

async fn check(
    topology: &Topology,
    consumer: &str,
    kinds: &[&str],
    on: &Channel,
) -> Result<(), Unready> {
    let queue = topology.queue(consumer);
    let passive = QueueDeclareOptions {
        passive: true,
        ..Default::default()
    };
    on.queue_declare(short(&queue), passive, FieldTable::default())
        .await
        .map_err(|error| {
            missing(
                format!("queue {queue} is missing, so events for {consumer} would get lost"),
                &format!("queue {queue}"),
                error,
            )
        })?;
    exchange(on, &topology.mark(consumer, kinds), ExchangeKind::Fanout, true)
        .await
        .map_err(|error| match error {
            Unready::Topology(_) => Unready::Topology(format!(
                "queue {queue} is not bound to every event type that {consumer} wants in this version; {REMEDY}"
            )),
            lost @ Unready::Lost(_) => lost,
        })
}

const REMEDY: &str = "publishing waits. Start that service once, or run `kith topology apply` (`kith topology plan` shows what it would do)";

async fn exchange(
    on: &Channel,
    name: &str,
    kind: ExchangeKind,
    passive: bool,
) -> Result<(), Unready> {
    let options = ExchangeDeclareOptions {
        durable: true,
        passive,
        ..Default::default()
    };
    on.exchange_declare(short(name), kind, options, FieldTable::default())
        .await
        .map_err(|error| {
            missing(
                format!("exchange {name} is missing"),
                &format!("exchange {name}"),
                error,
            )
        })
}

fn missing(text: String, what: &str, error: lapin::Error) -> Unready {
    if code(&error) == Some(NOT_FOUND) {
        Unready::Topology(format!("{text}; {REMEDY}"))
    } else {
        explain(what, error)
    }
}

/// The broker's own words name the argument, the value that was found and the one that was wanted.
fn explain(what: &str, error: lapin::Error) -> Unready {
    match code(&error) {
        Some(PRECONDITION_FAILED) => Unready::Topology(format!(
            "{what} is there with other arguments: {}; `kith topology plan` shows every difference and the command that applies it",
            words(&error)
        )),
        Some(ACCESS_REFUSED) => Unready::Topology(format!(
            "{what}: the broker's account lacks the right: {}",
            words(&error)
        )),
        Some(NOT_FOUND) => Unready::Topology(format!("{what}: {}; {REMEDY}", words(&error))),
        _ => Unready::Lost(error),
    }
}

fn code(error: &lapin::Error) -> Option<u16> {
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    }
}

/// What the broker said, without the client's words around it.
fn words(error: &lapin::Error) -> String {
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) => error.get_message().to_string(),
        _ => error.to_string(),
    }
}

fn to_amqp(value: Argument) -> AMQPValue {
    match value {
        Argument::Text(text) => AMQPValue::LongString(LongString::from(text)),
        Argument::Number(number) => AMQPValue::LongLongInt(number),
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
