//! Waiting mail leaves. A kill between sending and forgetting sends again, under the same id;
//! nothing is lost, and no request waits for a mail server.

use std::{sync::Arc, time::Duration};

use skeleton_durable::{
    clock::after,
    commit::{ChangeSet, CommitError},
    leases::Leases,
};
use skeleton_mail::{Mailer, Outcome};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Users;
use crate::ports::{Change, QueuedMail};

/// Mails in one turn.
const BATCH: usize = 20;
/// How often it looks when nobody wakes it, in real time: whether mail is due is the clock's affair.
const POLL: Duration = Duration::from_secs(2);
/// Name and length of the lease: of several replicas one sends. Taken again before each mail, so it
/// is longer than [`skeleton_mail::SEND_LIMIT`]; after a kill mail waits this long.
const LEASE: (&str, Duration) = ("users/mail", Duration::from_secs(35));

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
            let sent = self
                .deliver_due(mailer.as_ref(), leases.as_ref(), holder, &stop)
                .await;
            // While nothing is due, any replica may send what falls due next.
            if let Err(error) = leases.release(LEASE.0, holder).await {
                tracing::debug!(%error, "lease not given back, it will run out");
            }
            match sent {
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
    }

    /// Sends what is due; how many mails were handled.
    async fn deliver_due(
        &self,
        mailer: &dyn Mailer,
        leases: &dyn Leases,
        holder: Uuid,
        stop: &CancellationToken,
    ) -> Result<usize, CommitError> {
        if self.store.mail_due(self.now(), 1).await?.is_empty() {
            return Ok(0);
        }
        // Taken before looking again: what another has just sent must not seem to wait.
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

    /// Sends one letter; what is to be written down of it.
    async fn deliver_one(&self, mailer: &dyn Mailer, queued: QueuedMail) -> Change {
        let QueuedMail { letter, attempts } = queued;
        match skeleton_mail::attempt(mailer, &letter, attempts, self.now()).await {
            Outcome::Sent | Outcome::GivenUp(_) => Change::DropMail(letter.id),
            Outcome::Postponed { wait, .. } => {
                Change::PostponeMail(letter.id, attempts + 1, after(self.now(), wait))
            }
        }
    }
}
