//! Handing events to the broker: persistent, `mandatory`, confirmed, on a connection of their own,
//! since the broker may refuse to read from it for as long as its disk is full.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::sync::{Mutex, Semaphore};

use super::{
    Settings,
    link::{Held, Link, Status},
    state::Troubles,
    topology::{self, Unready, short},
};
use crate::{Envelope, EventId, bus::PublishError};

/// How long the broker may be silent: opening a channel, or until the next confirmation. Each that
/// comes starts it anew, so a slow network is no failure.
const SILENCE: Duration = Duration::from_secs(15);
/// How long a publisher waits for a connection before it gives its events back.
const CONNECTION: Duration = Duration::from_secs(1);
/// Delivery mode of messages that survive a restart of the broker.
const PERSISTENT: u8 = 2;

pub(super) struct Publisher {
    pub(super) link: Arc<Link>,
    settings: Arc<Settings>,
    troubles: Arc<Troubles>,
    open: Mutex<Option<Open>>,
    opened: AtomicU64,
    /// Bounds what is unconfirmed, whatever the callers hand over: the client's own queues do not.
    in_flight: Semaphore,
}

#[derive(Clone)]
struct Open {
    number: u64,
    channel: Channel,
    held: Arc<Held>,
}

/// Where events go.
#[derive(Clone, Copy)]
pub(super) enum Route<'a> {
    /// To every consumer that wants them.
    Everyone,
    /// To one consumer's queue: the default exchange leads to the queue that bears the key as name.
    Queue(&'a str),
}

/// Why one event was not taken over.
enum Failed {
    /// The connection, the broker or the event.
    Sending(String),
    /// No queue took it: the topology is not what it was.
    Unroutable(String),
}

impl Publisher {
    pub(super) fn new(link: Arc<Link>, settings: Arc<Settings>, troubles: Arc<Troubles>) -> Self {
        let in_flight = Semaphore::new(settings.in_flight.max(1));
        Self {
            link,
            settings,
            troubles,
            open: Mutex::new(None),
            opened: AtomicU64::new(0),
            in_flight,
        }
    }

    /// Hands events over; in case of doubt an event was not taken over.
    pub(super) async fn publish(
        &self,
        events: &[&Envelope],
        route: Route<'_>,
    ) -> Result<(), PublishError> {
        let _in_use = self.link.in_use();
        let failed = |confirmed, reason| PublishError { confirmed, reason };
        let open = self
            .open()
            .await
            .map_err(|reason| failed(Vec::new(), reason))?;
        let mut sends = events
            .iter()
            .map(|event| self.send(&open.channel, event, route))
            .collect::<FuturesUnordered<_>>()
            .ready_chunks(events.len().max(1));
        let mut status = self.link.follow();
        let (mut confirmed, mut reason) = (Vec::with_capacity(events.len()), None);
        loop {
            tokio::select! {
                biased;
                sent = sends.next() => {
                    let Some(sent) = sent else { break };
                    for outcome in sent {
                        match outcome {
                            Ok(id) => confirmed.push(id),
                            Err(Failed::Sending(error)) => reason = Some(error),
                            Err(Failed::Unroutable(error)) => {
                                self.forget(&open).await;
                                reason = Some(error);
                            }
                        }
                    }
                }
                refused = refused(&mut status) => {
                    // What was written is sent when the broker reads again, and once more by then.
                    self.forget(&open).await;
                    reason = Some(refused);
                    break;
                }
                () = tokio::time::sleep(SILENCE) => {
                    open.held.cut();
                    reason = Some(format!("the broker confirms nothing for {} s", SILENCE.as_secs()));
                    break;
                }
            }
        }
        match reason {
            None => Ok(()),
            Some(reason) => {
                if !open.channel.status().connected() {
                    self.forget(&open).await;
                }
                Err(failed(confirmed, reason))
            }
        }
    }

    /// Opens the channel whenever there is a connection, so that what is wrong with the topology is
    /// known before the first event.
    pub(super) async fn stay_open(&self) {
        let mut status = self.link.follow();
        loop {
            let up = matches!(
                &*status.borrow_and_update(),
                Status::Up { blocked: None, .. }
            );
            let wait = if up && self.open().await.is_err() {
                self.settings.recheck
            } else {
                Duration::MAX
            };
            tokio::select! {
                changed = status.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn forget(&self, open: &Open) {
        let mut slot = self.open.lock().await;
        if slot.as_ref().is_some_and(|now| now.number == open.number) {
            *slot = None;
        }
    }

    /// The channel, opened anew if need be.
    async fn open(&self) -> Result<Open, String> {
        let mut slot = self.open.lock().await;
        if let Some(open) = slot.as_ref()
            && open.channel.status().connected()
        {
            return match self.link.status() {
                Status::Up {
                    blocked: Some((_, reason)),
                    ..
                } => Err(blocked(&reason)),
                _ => Ok(open.clone()),
            };
        }
        *slot = None;
        let held = match tokio::time::timeout(CONNECTION, self.link.held()).await {
            Ok(held) => held,
            Err(_) => {
                return Err(match self.link.status() {
                    Status::Away { reason, .. } => format!("no connection to the broker: {reason}"),
                    Status::Up { .. } => "the broker was away a moment ago".to_owned(),
                });
            }
        };
        if let Status::Up {
            blocked: Some((_, reason)),
            ..
        } = self.link.status()
        {
            return Err(blocked(&reason));
        }
        let Ok(prepared) = tokio::time::timeout(SILENCE, self.prepare(&held)).await else {
            held.cut();
            return Err("the broker does not answer".to_owned());
        };
        let met = match &prepared {
            Err(Unready::Topology(text)) => Some(text.clone()),
            _ => None,
        };
        if !matches!(prepared, Err(Unready::Lost(_))) {
            self.troubles.note("publisher", met);
        }
        let open = Open {
            number: self.opened.fetch_add(1, Ordering::Relaxed),
            channel: prepared.map_err(|error| error.to_string())?,
            held,
        };
        *slot = Some(open.clone());
        Ok(open)
    }

    async fn prepare(&self, held: &Held) -> Result<Channel, Unready> {
        let channel = held.channel().await?;
        let Settings {
            topology, declares, ..
        } = &*self.settings;
        topology::prepare(topology, declares, true, &channel).await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        Ok(channel)
    }

    /// Sends one event and waits for the broker's word.
    async fn send(
        &self,
        channel: &Channel,
        event: &Envelope,
        route: Route<'_>,
    ) -> Result<EventId, Failed> {
        let sending = |error: &dyn std::fmt::Display| Failed::Sending(error.to_string());
        let body = serde_json::to_vec(event).map_err(|error| sending(&error))?;
        let properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_content_type(short("application/cloudevents+json"))
            .with_message_id(short(&event.id.to_string()))
            .with_type(short(&event.kind));
        let (exchange, key) = match route {
            Route::Everyone => (
                self.settings.topology.exchange.as_str(),
                event.kind.as_str(),
            ),
            Route::Queue(queue) => ("", queue),
        };
        let mandatory = BasicPublishOptions {
            mandatory: true,
            ..Default::default()
        };
        let _permit = self
            .in_flight
            .acquire()
            .await
            .map_err(|error| sending(&error))?;
        let confirm = channel
            .basic_publish(short(exchange), short(key), mandatory, &body, properties)
            .await
            .map_err(|error| sending(&error))?;
        match confirm.await {
            Ok(Confirmation::Ack(None)) => Ok(event.id),
            Ok(Confirmation::Ack(Some(_))) => Err(Failed::Unroutable(format!(
                "{}: no queue takes it",
                event.kind
            ))),
            Ok(_) => Err(Failed::Sending("refused by the broker".to_owned())),
            Err(error) => Err(sending(&error)),
        }
    }
}

fn blocked(reason: &str) -> String {
    format!("the broker takes no messages: {reason}")
}

/// Returns once the broker takes no messages or the connection is lost.
async fn refused(status: &mut tokio::sync::watch::Receiver<Status>) -> String {
    loop {
        match &*status.borrow_and_update() {
            Status::Up {
                blocked: Some((_, reason)),
                ..
            } => return blocked(reason),
            Status::Up { blocked: None, .. } => {}
            Status::Away { reason, .. } => return format!("connection lost: {reason}"),
        }
        if status.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
