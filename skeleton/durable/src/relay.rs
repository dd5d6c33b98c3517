//! The relay: carries events from a store's outbox to the bus and drops them once the bus has
//! them. A kill at any moment makes it send again under the same id, never lose.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{EventId, bus::Bus, clock::Clock, outbox::Outbox};

/// Bounds of a relay.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most events in one hand-over.
    pub batch: u32,
    /// How long a claim holds; longer than a hand-over can take.
    pub lease: Duration,
    /// How often it looks when nobody wakes it.
    pub poll: Duration,
    /// First wait when the bus is away; doubles up to [`Options::away_limit`].
    pub away: Duration,
    /// Longest wait when the bus is away.
    pub away_limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch: 500,
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(1),
            away: Duration::from_millis(50),
            away_limit: Duration::from_secs(5),
        }
    }
}

/// Carries one outbox to the bus.
pub struct Relay {
    /// Where events wait.
    pub outbox: Arc<dyn Outbox>,
    /// Where they go.
    pub bus: Arc<dyn Bus>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Bounds.
    pub options: Options,
}

impl Relay {
    /// Carries until `stop`. An outage of store or bus only makes it wait.
    pub async fn run(self, stop: CancellationToken) {
        let wake = self.outbox.wake();
        let mut away = self.options.away;
        while !stop.is_cancelled() {
            let wait = match self.turn().await {
                Ok(0) => {
                    away = self.options.away;
                    self.options.poll
                }
                Ok(_) => {
                    away = self.options.away;
                    continue;
                }
                Err(reason) => {
                    tracing::warn!(reason, wait_ms = away.as_millis() as u64, "events wait");
                    let wait = away;
                    away = (away * 2).min(self.options.away_limit);
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = self.clock.sleep(wait) => {}
                    }
                    continue;
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = wake.notified() => {}
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    /// One hand-over; how many events left.
    ///
    /// # Errors
    /// Why some or all must wait.
    pub async fn turn(&self) -> Result<usize, String> {
        let Options { batch, lease, .. } = self.options;
        let events = self
            .outbox
            .claim(batch, lease)
            .await
            .map_err(|error| error.to_string())?;
        if events.is_empty() {
            return Ok(0);
        }
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        match self.bus.publish(&events).await {
            Ok(()) => {
                self.outbox
                    .sent(&ids)
                    .await
                    .map_err(|error| error.to_string())?;
                metrics::counter!("events_published_total", "publisher" => events[0].source.clone())
                    .increment(ids.len() as u64);
                Ok(ids.len())
            }
            Err(error) => {
                let left: Vec<EventId> = ids
                    .iter()
                    .filter(|id| !error.confirmed.contains(id))
                    .copied()
                    .collect();
                self.outbox
                    .sent(&error.confirmed)
                    .await
                    .map_err(|error| error.to_string())?;
                self.outbox
                    .give_back(&left)
                    .await
                    .map_err(|error| error.to_string())?;
                Err(error.reason)
            }
        }
    }
}
