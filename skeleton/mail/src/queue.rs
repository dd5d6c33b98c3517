//! Letters that wait in a service's store, and the worker that sends them.
//!
//! A letter is queued in the commit that needs it. A kill between sending it and dropping it sends
//! it again, under the same id; nothing is lost, and no request waits for a mail server.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use skeleton_durable::{
    clock::{Clock, after},
    commit::CommitError,
    leases::Leases,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Attempt, Letter, Mailer, attempt};

/// Letters in one turn.
const BATCH: usize = 20;
/// No letter is put off for so long.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// Longest sleep when nobody wakes the worker: another replica may have queued a letter.
const POLL: Duration = Duration::from_secs(30);
/// Sleep when the store is away or another replica sends.
const RETRY: Duration = Duration::from_secs(1);
/// Length of the lease. It is taken again before each letter, so it is longer than
/// [`crate::SEND_LIMIT`]; after a kill letters wait this long.
const LEASE: Duration = Duration::from_secs(35);

/// A letter to be queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The account it is about, with which it goes.
    pub account: Option<Uuid>,
    /// What is sent.
    pub letter: Letter,
}

/// A letter that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMail {
    /// What is sent.
    pub letter: Letter,
    /// How often sending it has failed.
    pub attempts: i64,
}

/// The letters that wait in a store. All methods fail when it cannot be reached.
#[async_trait]
#[allow(clippy::missing_errors_doc, reason = "said once, above")]
pub trait MailQueue: Send + Sync {
    /// Letters to be sent now, the longest due first.
    async fn mail_due(&self, now: Timestamp, limit: usize) -> Result<Vec<QueuedMail>, CommitError>;
    /// When the next letter is to be sent.
    async fn next_mail(&self) -> Result<Option<Timestamp>, CommitError>;
    /// A letter failed to leave for the `attempts`th time and is tried again at `due`.
    async fn postpone_mail(
        &self,
        id: Uuid,
        attempts: i64,
        due: Timestamp,
    ) -> Result<(), CommitError>;
    /// A letter was sent, or given up: nothing of it stays.
    async fn drop_mail(&self, id: Uuid) -> Result<(), CommitError>;
}

/// Sends the letters of a queue. Of several replicas with the same lease one sends at a time.
pub struct MailWorker {
    /// Name of the lease: `users/mail`.
    pub lease: &'static str,
    /// Where letters wait.
    pub queue: Arc<dyn MailQueue>,
    /// The way they leave.
    pub mailer: Arc<dyn Mailer>,
    pub leases: Arc<dyn Leases>,
    pub clock: Arc<dyn Clock>,
    /// Woken when a letter was queued.
    pub queued: Arc<Notify>,
}

impl MailWorker {
    /// Sends what waits until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let holder = Uuid::now_v7();
        while !stop.is_cancelled() {
            let next = match self.send_due(holder, &stop).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "mail waits");
                    after(self.clock.now(), RETRY)
                }
            };
            // While nothing is due, any replica may send what falls due next.
            if let Err(error) = self.leases.release(self.lease, holder).await {
                tracing::debug!(%error, "lease not given back, it will run out");
            }
            let wait = Duration::try_from(next.duration_since(self.clock.now()));
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.queued.notified() => {}
                () = self.clock.sleep(wait.unwrap_or_default()) => {}
            }
        }
    }

    /// Sends what is due; when to look again.
    async fn send_due(
        &self,
        holder: Uuid,
        stop: &CancellationToken,
    ) -> Result<Timestamp, CommitError> {
        loop {
            let now = self.clock.now();
            match self.queue.next_mail().await? {
                None => return Ok(after(now, POLL)),
                // One that waits longer than any does was put off while the clock was ahead.
                Some(at) if at > now && at.duration_since(now) < A_DAY => {
                    return Ok(at.min(after(now, POLL)));
                }
                Some(_) => {}
            }
            // Taken before looking: what another has just sent must not seem to wait.
            if !self.leases.acquire(self.lease, holder, LEASE).await? {
                return Ok(after(now, RETRY));
            }
            let due = self.queue.mail_due(now, BATCH).await?;
            if due.is_empty() {
                // Another has sent it, or it cannot be read, which does not change by asking at once.
                return Ok(after(now, RETRY));
            }
            for queued in due {
                if stop.is_cancelled() || !self.leases.acquire(self.lease, holder, LEASE).await? {
                    return Ok(after(now, RETRY));
                }
                self.send(queued).await?;
            }
        }
    }

    /// Sends one letter and writes down what came of it.
    async fn send(&self, queued: QueuedMail) -> Result<(), CommitError> {
        let QueuedMail { letter, attempts } = queued;
        let outcome = attempt(&*self.mailer, &letter, attempts, self.clock.now()).await;
        match outcome {
            Attempt::Sent | Attempt::GivenUp(_) => self.queue.drop_mail(letter.id).await,
            Attempt::Postponed { wait, .. } => {
                let due = after(self.clock.now(), wait);
                self.queue.postpone_mail(letter.id, attempts + 1, due).await
            }
        }
    }
}
