//! Waiting mail leaves. A kill between sending and writing it down sends again, under the same id;
//! nothing is lost.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use skeleton_durable::{
    clock::after,
    commit::{ChangeSet, CommitError},
    leases::Leases,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{App, until};
use crate::ports::{Mailer, NotSent, QueuedMail, Write};

/// Mails in one turn.
const BATCH: usize = 20;
/// Longest sleep when nobody wakes it.
const POLL: Duration = Duration::from_secs(30);
/// Sleep when the store is away or another replica sends.
const RETRY: Duration = Duration::from_secs(1);
/// Name and length of the lease; taken again before each mail, so longer than one may take.
const LEASE: (&str, Duration) = ("notifications/mail", Duration::from_secs(35));
/// First wait after a failure; doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// A mail that did not leave in this time is given up.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// Longest time for one mail.
const SEND_LIMIT: Duration = Duration::from_secs(30);

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
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.mail_queued.notified() => {}
                () = self.clock.sleep(until(self.clock.now(), next)) => {}
            }
        }
        if let Err(error) = leases.release(LEASE.0, holder).await {
            tracing::debug!(%error, "lease not given back, it will run out");
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
            for queued in self.store.mail_due(now, BATCH).await? {
                if stop.is_cancelled() || !leases.acquire(LEASE.0, holder, LEASE.1).await? {
                    return Ok(after(now, RETRY));
                }
                let change = self.deliver_one(mailer, queued).await;
                self.store.commit(ChangeSet::new().write(change)).await?;
            }
        }
    }

    /// Sends one mail; what is to be written down of it.
    async fn deliver_one(&self, mailer: &dyn Mailer, queued: QueuedMail) -> Write {
        let QueuedMail { mail, attempts } = queued;
        let sent = tokio::time::timeout(SEND_LIMIT, mailer.send(&mail)).await;
        let now = self.clock.now();
        let (reason, final_) = match sent {
            Ok(Ok(())) => {
                tracing::info!(mail = %mail.id, "mail sent");
                return Write::FinishMail(mail.id, now, None);
            }
            Ok(Err(NotSent::Never(reason))) => (reason, true),
            Ok(Err(NotSent::Later(reason))) => (reason, false),
            Err(_) => ("the mail server did not answer in time".to_owned(), false),
        };
        if final_ || now.duration_since(mail.created_at) > GIVE_UP_AFTER {
            tracing::warn!(mail = %mail.id, reason, "mail given up");
            return Write::FinishMail(mail.id, now, Some(reason));
        }
        let doubled =
            FIRST_WAIT * 2_u32.saturating_pow(u32::try_from(attempts).unwrap_or(0).min(9));
        let wait = doubled.min(LONGEST_WAIT);
        tracing::warn!(mail = %mail.id, reason, wait_s = wait.as_secs(), "mail waits");
        Write::PostponeMail(mail.id, attempts + 1, after(now, wait), reason)
    }
}
