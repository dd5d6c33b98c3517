//! The relay: carries events from a store's outbox to the bus and drops them once the bus has
//! them. A kill at any moment makes it send again under the same id, never lose.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Envelope, EventId, bus::Bus, clock::Clock, crash, outbox::Outbox};

/// Bounds of a relay.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most events in one hand-over.
    pub batch: u32,
    /// Most hand-overs at once, where claims exclude each other.
    pub lanes: usize,
    /// How long a claim holds unless it is prolonged, so how long the events of a relay that was
    /// killed wait for the next.
    pub lease: Duration,
    /// How often it looks when nobody wakes it.
    pub poll: Duration,
    /// How long it lets events gather after a hand-over: the first of many goes at once, the rest
    /// in batches, which cost less.
    pub gather: Duration,
    /// First wait when the bus is away; doubles up to [`Options::away_limit`].
    pub away: Duration,
    /// Longest wait when the bus is away.
    pub away_limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch: 500,
            lanes: 2,
            lease: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            gather: Duration::from_millis(2),
            away: Duration::from_millis(50),
            away_limit: Duration::from_secs(2),
        }
    }
}

/// Carries one outbox to the bus.
#[derive(Clone)]
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
    /// Carries until `stop`; what is in hand then is handed over first. An outage of store or bus
    /// only makes it wait.
    pub async fn run(self, stop: CancellationToken) {
        let wake = self.outbox.wake();
        let lanes = if self.outbox.claims_exclude() {
            self.options.lanes.max(1)
        } else {
            1
        };
        let mut handing = JoinSet::new();
        let mut away = self.options.away;
        while !stop.is_cancelled() {
            let outcome = match self.claim().await {
                Ok(events) if events.is_empty() => match handing.join_next().await {
                    Some(outcome) => joined(outcome),
                    None => {
                        away = self.options.away;
                        tokio::select! {
                            () = stop.cancelled() => {}
                            () = wake.notified() => {}
                            () = self.clock.sleep(self.options.poll) => {}
                        }
                        continue;
                    }
                },
                Ok(events) => {
                    let full = events.len() >= self.options.batch as usize;
                    let relay = self.clone();
                    handing.spawn(async move { relay.hand_over(&events).await });
                    if full && handing.len() < lanes {
                        continue;
                    }
                    let outcome = handing.join_next().await.map_or(Ok(()), joined);
                    if !full && outcome.is_ok() {
                        tokio::time::sleep(self.options.gather).await;
                    }
                    outcome
                }
                Err(reason) => Err(reason),
            };
            match outcome {
                Ok(()) => away = self.options.away,
                Err(reason) => {
                    tracing::warn!(reason, wait_ms = away.as_millis() as u64, "events wait");
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = self.clock.sleep(away) => {}
                    }
                    away = (away * 2).min(self.options.away_limit);
                }
            }
        }
        while let Some(outcome) = handing.join_next().await {
            if let Err(reason) = joined(outcome) {
                tracing::info!(reason, "events are left to the next relay");
            }
        }
    }

    /// One hand-over; how many events left.
    ///
    /// # Errors
    /// Why some or all must wait.
    pub async fn turn(&self) -> Result<usize, String> {
        let events = self.claim().await?;
        if !events.is_empty() {
            self.hand_over(&events).await?;
        }
        Ok(events.len())
    }

    async fn claim(&self) -> Result<Vec<Envelope>, String> {
        let Options { batch, lease, .. } = self.options;
        let claimed = self.outbox.claim(batch, lease).await;
        claimed.map_err(|error| error.to_string())
    }

    async fn hand_over(&self, events: &[Envelope]) -> Result<(), String> {
        crash::point("relay.claimed");
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let text = |error: crate::commit::CommitError| error.to_string();
        match self.publish(events, &ids).await {
            Ok(()) => {
                crash::point("relay.published");
                self.outbox.sent(&ids).await.map_err(text)?;
                crash::point("relay.sent");
                if let Some(first) = events.first() {
                    metrics::counter!("events_published_total", "publisher" => first.source.clone())
                        .increment(ids.len() as u64);
                }
                Ok(())
            }
            Err(error) => {
                let left: Vec<EventId> = ids
                    .iter()
                    .filter(|id| !error.confirmed.contains(id))
                    .copied()
                    .collect();
                self.outbox.sent(&error.confirmed).await.map_err(text)?;
                self.outbox.give_back(&left).await.map_err(text)?;
                Err(error.reason)
            }
        }
    }

    /// Publishes, and keeps the claim for as long as that takes.
    async fn publish(
        &self,
        events: &[Envelope],
        ids: &[EventId],
    ) -> Result<(), crate::bus::PublishError> {
        let mut publishing = std::pin::pin!(self.bus.publish(events));
        loop {
            tokio::select! {
                published = &mut publishing => return published,
                () = tokio::time::sleep(self.options.lease / 3) => {
                    if let Err(error) = self.outbox.prolong(ids, self.options.lease).await {
                        tracing::debug!(%error, "a claim runs out: events may go twice");
                    }
                }
            }
        }
    }
}

fn joined(outcome: Result<Result<(), String>, tokio::task::JoinError>) -> Result<(), String> {
    outcome.unwrap_or_else(|error| Err(format!("hand-over: {error}")))
}
