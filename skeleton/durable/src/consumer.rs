//! Handling what arrived: in batches while all goes well, one by one when something is wrong, so
//! that one bad event blocks nobody.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::FutureExt as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Envelope, EventId, bus::Subscription, clock, commit::CommitError, crash};

/// Why a batch was not handled.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// Not yet: something else must come first. Counts no attempt.
    #[error("deferred")]
    Defer(Duration),
    /// It may go better later. Counts an attempt.
    #[error("{0}")]
    Retry(String),
    /// It will never go better: park it now.
    #[error("{0}")]
    Reject(String),
    /// Some of them were handled or parked before.
    #[error("handled before")]
    AlreadyHandled,
    /// The store cannot be reached: counts no attempt, everything waits.
    #[error("store unavailable: {0}")]
    Unavailable(String),
}

impl From<CommitError> for HandleError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::AlreadyHandled(_) => Self::AlreadyHandled,
            CommitError::Unavailable(reason) => Self::Unavailable(reason),
            CommitError::Conflict(_) | CommitError::Repeated | CommitError::Internal(_) => {
                Self::Retry(format!("{error:#}"))
            }
        }
    }
}

impl From<skeleton_envelope::BadEvent> for HandleError {
    fn from(error: skeleton_envelope::BadEvent) -> Self {
        Self::Reject(error.to_string())
    }
}

/// What a service does with the events that it subscribed to.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Handles all of them or none: commits their effects with all of `events` as handled, also
    /// those that it ignores (older versions, types it has no use for).
    ///
    /// # Errors
    /// See [`HandleError`]; a batch that fails is tried again event by event.
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError>;
}

/// Bounds of a consumer.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most events handled in one commit.
    pub batch: u32,
    /// Failures after which an event is parked.
    pub attempts: u32,
    /// Wait after the first failure; doubles with each.
    pub backoff: Duration,
    /// Longest wait between attempts.
    pub backoff_limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch: 500,
            attempts: 8,
            backoff: Duration::from_millis(200),
            backoff_limit: Duration::from_secs(300),
        }
    }
}

/// How long an idle worker waits at most before it looks again.
const IDLE: Duration = Duration::from_secs(30);
/// How long it waits when its store is away.
const STORE_AWAY: Duration = Duration::from_millis(500);

/// Works off the inbox of one consumer.
pub struct Worker {
    subscription: Subscription,
    arrived: Arc<Notify>,
}

impl Worker {
    /// A worker that is told of arrivals by `arrived`.
    #[must_use]
    pub fn new(subscription: Subscription, arrived: Arc<Notify>) -> Self {
        Self {
            subscription,
            arrived,
        }
    }

    /// Handles what is due until `stop`; what is in hand then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let wait = match self.turn().await {
                Ok(None) => continue,
                Ok(Some(wait)) => wait,
                Err(error) => {
                    tracing::warn!(consumer = self.subscription.consumer, %error, "inbox not readable");
                    STORE_AWAY
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.arrived.notified() => {}
                () = self.subscription.clock.sleep(wait) => {}
            }
        }
    }

    /// Handles one batch; says how long to wait when nothing was due.
    async fn turn(&self) -> Result<Option<Duration>, CommitError> {
        let Subscription {
            inbox,
            clock,
            options,
            ..
        } = &self.subscription;
        let due = inbox.due(clock.now(), options.batch).await?;
        if due.is_empty() {
            let wait = inbox.next_due().await?.map_or(IDLE, |due| {
                let wait = due.duration_since(clock.now());
                Duration::try_from(wait)
                    .unwrap_or_default()
                    .clamp(Duration::from_millis(1), IDLE)
            });
            return Ok(Some(wait));
        }
        crash::point("delivery.received");
        let attempts = due
            .iter()
            .map(|pending| (pending.event.id, pending.attempts))
            .collect();
        let mut events = due.into_iter().map(|pending| pending.event).collect();
        self.process(&mut events, &attempts)
            .await
            .map(|away| away.then_some(STORE_AWAY))
    }

    /// Handles a batch, event by event if need be; `attempts` counts the failures of those that
    /// failed before. True when the handler's store is away: then whatever was not handled is still
    /// in `events`.
    ///
    /// Nobody asks beforehand whether they were handled or parked already: hardly ever one was, and
    /// a commit finds out. Only when a batch fails is the inbox asked, and the rest is tried again.
    ///
    /// # Errors
    /// When the inbox cannot be read or written; what was not handled is still there.
    pub async fn process(
        &self,
        events: &mut Vec<Envelope>,
        attempts: &HashMap<EventId, u32>,
    ) -> Result<bool, CommitError> {
        while !events.is_empty() {
            match self.handle(events).await {
                Ok(()) => {
                    crash::point("effect.handled");
                    self.count("handled", events.len());
                    return Ok(false);
                }
                Err(HandleError::Unavailable(reason)) => {
                    tracing::warn!(consumer = self.subscription.consumer, reason, "store away");
                    return Ok(true);
                }
                Err(error) => {
                    if self.leave_out_known(events).await? {
                        continue;
                    }
                    if let [event] = events.as_slice() {
                        self.failed(event, attempts, error).await?;
                        return Ok(false);
                    }
                    tracing::debug!(consumer = self.subscription.consumer, %error, "one by one");
                    break;
                }
            }
        }
        for event in events.iter() {
            match self.handle(std::slice::from_ref(event)).await {
                Ok(()) => {
                    crash::point("effect.handled");
                    self.count("handled", 1);
                }
                Err(HandleError::Unavailable(_)) => return Ok(true),
                Err(error) => self.failed(event, attempts, error).await?,
            }
        }
        Ok(false)
    }

    /// Leaves out what was handled or parked before; whether anything was.
    async fn leave_out_known(&self, events: &mut Vec<Envelope>) -> Result<bool, CommitError> {
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let known = self.subscription.inbox.known(&ids).await?;
        events.retain(|event| !known.contains(&event.id));
        Ok(!known.is_empty())
    }

    /// A handler that panics must not take the consumer with it: then nothing of its service would
    /// be handled any more.
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let handling = self.subscription.handler.handle(events);
        AssertUnwindSafe(handling)
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| {
                let text = panic
                    .downcast_ref::<&str>()
                    .map(|text| (*text).to_owned())
                    .or_else(|| panic.downcast_ref::<String>().cloned());
                let text = text.unwrap_or_else(|| "no text".to_owned());
                Err(HandleError::Retry(format!("the handler panicked: {text}")))
            })
    }

    async fn failed(
        &self,
        event: &Envelope,
        attempts: &HashMap<EventId, u32>,
        error: HandleError,
    ) -> Result<(), CommitError> {
        let Subscription {
            consumer,
            inbox,
            clock,
            options,
            ..
        } = &self.subscription;
        let failed = attempts.get(&event.id).copied().unwrap_or_default();
        match error {
            HandleError::AlreadyHandled => {}
            HandleError::Defer(wait) => {
                let due = clock::after(clock.now(), wait);
                inbox.postpone(event, failed, due, "deferred").await?;
                crash::point("effect.postponed");
            }
            HandleError::Retry(reason) if failed + 1 < options.attempts => {
                let attempts = failed + 1;
                let due = clock::after(clock.now(), backoff(options, attempts));
                tracing::info!(consumer, event = %event.id, attempts, reason, "to be retried");
                self.count("retried", 1);
                inbox.postpone(event, attempts, due, &reason).await?;
                crash::point("effect.postponed");
            }
            HandleError::Retry(reason) | HandleError::Reject(reason) => {
                tracing::error!(consumer, event = %event.id, kind = event.kind, reason, "parked");
                self.count("parked", 1);
                inbox.park(event, failed + 1, &reason).await?;
                crash::point("effect.parked");
            }
            HandleError::Unavailable(_) => {}
        }
        Ok(())
    }

    fn count(&self, outcome: &'static str, events: usize) {
        metrics::counter!("events_consumed_total", "consumer" => self.subscription.consumer, "outcome" => outcome)
            .increment(events as u64);
    }
}

/// Doubles with each attempt up to the limit, and is spread by up to a quarter, so that what
/// failed together does not come back together.
fn backoff(options: &Options, attempts: u32) -> Duration {
    let doubled = options
        .backoff
        .saturating_mul(1 << attempts.saturating_sub(1).min(16));
    let wait = doubled.min(options.backoff_limit);
    wait.mul_f64(rand::random_range(0.75..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit() {
        let options = Options::default();
        for (attempts, most_ms) in [(1, 200), (2, 400), (5, 3200), (30, 300_000)] {
            let wait = backoff(&options, attempts);
            let most = Duration::from_millis(most_ms);
            assert!(
                wait <= most && wait >= most.mul_f64(0.75),
                "{attempts}: {wait:?}"
            );
        }
    }
}
