//! Waiting mail leaves. A kill between sending and forgetting sends again, under the same id;
//! nothing is lost, and no request waits for a mail server.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use skeleton_durable::{clock::after, commit::ChangeSet, leases::Leases};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Failure, Users};
use crate::ports::{Change, Mailer, NotSent, QueuedMail};

/// Mails in one turn.
const BATCH: usize = 20;
/// How often it looks when nobody wakes it, in real time: whether mail is due is the clock's affair.
const POLL: Duration = Duration::from_secs(2);
/// Name and length of the lease: of several replicas one sends. Taken again before each mail, so it
/// is longer than one may take; after a kill mail waits this long.
const LEASE: (&str, Duration) = ("users/mail", Duration::from_secs(35));
/// First wait after a failure; doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// A mail that did not leave in this time is given up.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// Longest time for one mail.
const SEND_LIMIT: Duration = Duration::from_secs(30);

impl Users {
    /// Sends waiting mail until `stop`.
    pub async fn deliver_mail(
        self: Arc<Self>,
        mailer: Arc<dyn Mailer>,
        leases: Arc<dyn Leases>,
        stop: CancellationToken,
    ) {
        let holder = Uuid::now_v7();
        while !stop.is_cancelled() {
            match self
                .deliver_due(mailer.as_ref(), leases.as_ref(), holder, &stop)
                .await
            {
                Ok(BATCH) => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "mail waits"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.mail_queued.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        if let Err(error) = leases.release(LEASE.0, holder).await {
            tracing::debug!(%error, "lease not given back, it will run out");
        }
    }

    /// Sends what is due; how many mails were handled.
    async fn deliver_due(
        &self,
        mailer: &dyn Mailer,
        leases: &dyn Leases,
        holder: Uuid,
        stop: &CancellationToken,
    ) -> Result<usize, Failure> {
        if !leases.acquire(LEASE.0, holder, LEASE.1).await? {
            return Ok(0);
        }
        let mut count = 0;
        for queued in self.store.mail_due(self.now(), BATCH).await? {
            if stop.is_cancelled() || !leases.acquire(LEASE.0, holder, LEASE.1).await? {
                break;
            }
            count += 1;
            let change = self.deliver_one(mailer, queued).await;
            let _ = self.commit(ChangeSet::new().write(change)).await?;
        }
        Ok(count)
    }

    /// Sends one mail; what is to be written down of it.
    async fn deliver_one(&self, mailer: &dyn Mailer, queued: QueuedMail) -> Change {
        let QueuedMail { mail, attempts } = queued;
        let sent = tokio::time::timeout(SEND_LIMIT, mailer.send(&mail)).await;
        let reason = match sent {
            Ok(Ok(())) => {
                tracing::info!(mail = %mail.id, subject = mail.subject, "mail sent");
                return Change::DropMail(mail.id);
            }
            Ok(Err(NotSent::Never(reason))) => {
                tracing::warn!(mail = %mail.id, reason, "mail given up");
                return Change::DropMail(mail.id);
            }
            Ok(Err(NotSent::Later(reason))) => reason,
            Err(_) => "the mail server did not answer in time".to_owned(),
        };
        let now = self.now();
        if now.duration_since(mail.created_at) > GIVE_UP_AFTER {
            tracing::warn!(mail = %mail.id, reason, "mail given up");
            return Change::DropMail(mail.id);
        }
        let doubled =
            FIRST_WAIT * 2_u32.saturating_pow(u32::try_from(attempts).unwrap_or(0).min(9));
        let wait = doubled.min(LONGEST_WAIT);
        tracing::warn!(mail = %mail.id, reason, wait_s = wait.as_secs(), "mail waits");
        Change::PostponeMail(mail.id, attempts + 1, after(now, wait))
    }
}
