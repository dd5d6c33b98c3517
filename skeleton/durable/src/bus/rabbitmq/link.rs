//! One connection to the broker, kept: a supervisor makes it, watches it and makes it anew.
//!
//! The client library's own recovery is not used: it does not survive errors of channels, and the
//! outbox knows better than a library what has to be sent again.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use jiff::Timestamp;
use lapin::{Channel, Connection, Event};
use tokio::{sync::watch, time::Instant};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use super::{Settings, connect, topology::short};
use crate::clock::{Clock as _, SystemClock};

/// First wait after a loss; doubles up to [`RETRY_LIMIT`].
const RETRY: Duration = Duration::from_millis(100);
const RETRY_LIMIT: Duration = Duration::from_secs(5);
/// A connection that lived so long was a good one: after its loss the first wait is short again.
const GOOD: Duration = Duration::from_secs(5);
/// How often the connection is looked at, should a notice of its loss have been missed.
const LOOK: Duration = Duration::from_secs(1);
/// How long the users of a connection may take to finish when told to stop, and how long the
/// broker then may take to say goodbye.
const FINISH: Duration = Duration::from_secs(30);
const GOODBYE: Duration = Duration::from_secs(3);

/// A connection and the means to cut it.
pub(super) struct Held {
    connection: Connection,
    /// The same socket. A peer that is silent, or that refuses to read, cannot be asked to close.
    socket: std::net::TcpStream,
}

impl Held {
    pub(super) fn new(connection: Connection, socket: std::net::TcpStream) -> Self {
        Self { connection, socket }
    }

    /// A new channel.
    pub(super) async fn channel(&self) -> lapin::Result<Channel> {
        self.connection.create_channel().await
    }

    /// Ends the connection without a word. What was written and is not confirmed is unknown.
    pub(super) fn cut(&self) {
        connect::cut(&self.socket);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.cut();
    }
}

/// How a connection is.
#[derive(Clone)]
pub(super) enum Status {
    /// There is none.
    Away { since: Timestamp, reason: String },
    /// There is one; `blocked` if the broker takes no messages over it, since when and why.
    Up {
        held: Arc<Held>,
        blocked: Option<(Timestamp, String)>,
    },
}

/// The handle of a kept connection.
pub(super) struct Link {
    status: watch::Sender<Status>,
    users: TaskTracker,
}

impl Link {
    /// Keeps a connection for `purpose`, which is part of its name, until `stop`, as long as the
    /// future is run.
    pub(super) fn keep(
        settings: Arc<Settings>,
        purpose: &'static str,
        stop: CancellationToken,
    ) -> (Arc<Self>, impl Future<Output = ()> + Send + 'static) {
        let link = Arc::new(Self {
            status: watch::Sender::new(Status::Away {
                since: SystemClock.now(),
                reason: "connecting".to_owned(),
            }),
            users: TaskTracker::new(),
        });
        let kept = supervise(link.clone(), settings, purpose, stop);
        (link, kept)
    }

    pub(super) fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Follows the status.
    pub(super) fn follow(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Waits for a connection.
    pub(super) async fn held(&self) -> Arc<Held> {
        let mut status = self.follow();
        loop {
            if let Status::Up { held, .. } = &*status.borrow_and_update() {
                return held.clone();
            }
            if status.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// As long as this lives, a stop waits with closing the connection.
    pub(super) fn in_use(&self) -> TaskTrackerToken {
        self.users.token()
    }

    fn away(&self, reason: String) {
        self.status.send_modify(|status| match status {
            Status::Away {
                reason: current, ..
            } => *current = reason,
            Status::Up { .. } => {
                *status = Status::Away {
                    since: SystemClock.now(),
                    reason,
                }
            }
        });
    }

    fn blocked(&self, why: Option<String>) {
        self.status.send_modify(|status| {
            if let Status::Up { blocked, .. } = status {
                *blocked = why.map(|reason| (SystemClock.now(), reason));
            }
        });
    }
}

async fn supervise(
    link: Arc<Link>,
    settings: Arc<Settings>,
    purpose: &'static str,
    stop: CancellationToken,
) {
    let mut wait = RETRY;
    loop {
        let connected = tokio::select! {
            () = stop.cancelled() => break,
            connected = connect::connect(&settings, purpose) => connected,
        };
        let began = Instant::now();
        match connected {
            Ok(held) => {
                tracing::debug!(purpose, "connected to the broker");
                let held = Arc::new(held);
                link.status.send_replace(Status::Up {
                    held: held.clone(),
                    blocked: None,
                });
                let Some(reason) = watch(&link, &held, &stop).await else {
                    break;
                };
                tracing::warn!(purpose, reason, "connection to the broker lost");
                link.away(reason);
                held.cut();
            }
            Err(reason) => {
                // Once an outage, not once an attempt.
                if wait == RETRY {
                    tracing::warn!(purpose, reason, "no connection to the broker");
                }
                link.away(reason);
            }
        }
        if began.elapsed() >= GOOD {
            wait = RETRY;
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(RETRY_LIMIT);
    }
    link.away("stopped".to_owned());
}

/// Returns why the connection was lost, or none when it was closed in peace.
async fn watch(link: &Link, held: &Held, stop: &CancellationToken) -> Option<String> {
    let connection = &held.connection;
    let mut events = std::pin::pin!(connection.events_listener());
    let mut last = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => {
                link.users.close();
                if tokio::time::timeout(FINISH, link.users.wait()).await.is_err() {
                    tracing::warn!("work on the broker's connection did not end in time");
                }
                let close = connection.close(200, short("stopping"));
                if tokio::time::timeout(GOODBYE, close).await.is_err() {
                    tracing::debug!("the broker said no goodbye");
                }
                return None;
            }
            event = events.next() => match event {
                Some(Event::ConnectionBlocked(reason)) => {
                    tracing::warn!(reason, "the broker takes no messages");
                    link.blocked(Some(reason));
                }
                Some(Event::ConnectionUnblocked) => {
                    tracing::info!("the broker takes messages again");
                    link.blocked(None);
                }
                Some(Event::Error(error)) => last = Some(error.to_string()),
                Some(_) => {}
                None => return Some(last.unwrap_or_else(|| "ended".to_owned())),
            },
            () = tokio::time::sleep(LOOK), if last.is_none() => {}
            // The notice of an error may come a moment before the status tells of it, and may have
            // been one that the connection outlives.
            () = tokio::time::sleep(LOOK / 50), if last.is_some() => {}
        }
        if !connection.status().connected() {
            return Some(last.unwrap_or_else(|| "closed".to_owned()));
        }
    }
}
