//! Waiting mail leaves. A kill between sending and writing it down sends again, under the same id;
//! nothing is lost.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use skeleton_durable::{
    clock::after,
    commit::{ChangeSet, CommitError},
    leases::Leases,
};
use skeleton_mail::{Mailer, Outcome};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{App, until};
use crate::ports::{QueuedMail, Write};

/// Mails in one turn.
const BATCH: usize = 20;
/// Longest sleep when nobody wakes it.
const POLL: Duration = Duration::from_secs(30);
/// Sleep when the store is away or another replica sends.
const RETRY: Duration = Duration::from_secs(1);
/// Name and length of the lease; taken again before each letter, so longer than
/// [`skeleton_mail::SEND_LIMIT`].
const LEASE: (&str, Duration) = ("notifications/mail", Duration::from_secs(35));

impl App {
    /// Sends waiting mail until `stop`.
    pub async fn deliver_mail(
        self,
        mailer: Arc<dyn Mailer>,
        leases: Arc<dyn Leases>,
        stop: CancellationToken,
    ) {
        let holder = Uuid::now_v7();
        while !stop.is_cancelled() {
            let next = match self
                .deliver_due(mailer.as_ref(), leases.as_ref(), holder, &stop)
                .await
            {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "mail waits");
                    after(self.clock.now(), RETRY)
                }
            };
            // While nothing is due, any replica may send what falls due next.
            if let Err(error) = leases.release(LEASE.0, holder).await {
                tracing::debug!(%error, "lease not given back, it will run out");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.mail_queued.notified() => {}
                () = self.clock.sleep(until(self.clock.now(), next)) => {}
            }
        }
    }

    /// Sends what is due; when to look again.
    async fn deliver_due(
        &self,
        mailer: &dyn Mailer,
        leases: &dyn Leases,
        holder: Uuid,
        stop: &CancellationToken,
    ) -> Result<Timestamp, CommitError> {
        loop {
            let now = self.clock.now();
            match self.store.next_mail().await? {
                None => return Ok(after(now, POLL)),
                Some(at) if at > now => return Ok(at.min(after(now, POLL))),
                Some(_) => {}
            }
            // Taken before looking: what another has just sent must not seem to wait.
            if !leases.acquire(LEASE.0, holder, LEASE.1).await? {
                return Ok(after(now, RETRY));
            }
            let due = self.store.mail_due(now, BATCH).await?;
            if due.is_empty() {
                // Another has sent it, or it cannot be read, which does not change by asking at once.
                return Ok(after(now, RETRY));
            }
            for queued in due {
                if stop.is_cancelled() || !leases.acquire(LEASE.0, holder, LEASE.1).await? {
                    return Ok(after(now, RETRY));
                }
                let change = self.deliver_one(mailer, queued).await;
                self.store.commit(ChangeSet::new().write(change)).await?;
            }
        }
    }

    /// Sends one letter; what is to be written down of it.
    async fn deliver_one(&self, mailer: &dyn Mailer, queued: QueuedMail) -> Write {
        let QueuedMail { letter, attempts } = queued;
        let outcome = skeleton_mail::attempt(mailer, &letter, attempts, self.clock.now()).await;
        let now = self.clock.now();
        match outcome {
            Outcome::Sent => Write::FinishMail(letter.id, now, None),
            Outcome::GivenUp(reason) => Write::FinishMail(letter.id, now, Some(reason)),
            Outcome::Postponed { wait, reason } => {
                Write::PostponeMail(letter.id, attempts + 1, after(now, wait), reason)
            }
        }
    }
}
