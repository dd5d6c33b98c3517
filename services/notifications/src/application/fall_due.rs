//! Time passes: reminders fall due, each exactly once.
//!
//! Reminder, notification, event and mail are one commit that expects the reminder's version, so
//! neither a kill nor a second replica makes it twice. What fell due while nobody ran is told at
//! the next start.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use skeleton_durable::{
    Cause,
    clock::after,
    commit::{ChangeSet, CommitError},
    leases::Leases,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{App, tell, until};
use crate::{
    domain::{notification::Notification, reminder::Reminder},
    ports::Write,
};

/// Reminders in one turn.
const BATCH: usize = 200;
/// Longest sleep: another replica may have taken in an earlier reminder.
const POLL: Duration = Duration::from_secs(30);
/// Sleep when the store is away or another replica does it.
const RETRY: Duration = Duration::from_secs(1);
/// Name and length of the lease: of several replicas one does it.
const LEASE: (&str, Duration) = ("notifications/reminders", Duration::from_secs(10));

impl App {
    /// Lets reminders fall due until `stop`; sleeps until the next one.
    pub async fn keep_time(self, leases: Arc<dyn Leases>, stop: CancellationToken) {
        let holder = (self.new_id)();
        while !stop.is_cancelled() {
            let next = match self.time_passes(leases.as_ref(), holder).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "reminders wait");
                    after(self.clock.now(), RETRY)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.reminders_changed.notified() => {}
                () = self.clock.sleep(until(self.clock.now(), next)) => {}
            }
        }
        if let Err(error) = leases.release(LEASE.0, holder).await {
            tracing::debug!(%error, "lease not given back, it will run out");
        }
    }

    /// Makes due what is; when to look again.
    async fn time_passes(
        &self,
        leases: &dyn Leases,
        holder: Uuid,
    ) -> Result<Timestamp, CommitError> {
        loop {
            let now = self.clock.now();
            match self.store.next_reminder().await? {
                None => return Ok(after(now, POLL)),
                Some(at) if at > now => return Ok(at.min(after(now, POLL))),
                Some(_) if !leases.acquire(LEASE.0, holder, LEASE.1).await? => {
                    return Ok(after(now, RETRY));
                }
                Some(_) => {}
            }
            let due = self.store.reminders_due(now, BATCH).await?;
            let mut stuck = true;
            for reminder in due {
                let id = reminder.id;
                match self.fall_due(reminder, now).await {
                    // It was changed in this moment; the next turn sees how.
                    Ok(()) | Err(CommitError::Conflict(_)) => stuck = false,
                    // A row that it needs cannot be read, say; the others do not need it.
                    Err(error @ CommitError::Internal(_)) => {
                        tracing::error!(%id, %error, "a reminder does not fall due");
                    }
                    Err(error) => return Err(error),
                }
            }
            if stuck {
                // What is due cannot be read; that does not change by asking at once.
                return Ok(after(now, RETRY));
            }
        }
    }

    async fn fall_due(&self, reminder: Reminder, now: Timestamp) -> Result<(), CommitError> {
        let Some(due) = reminder.fall_due(now) else {
            return Ok(());
        };
        let told = Notification::reminder_due(&due, now);
        let mut change = ChangeSet::new();
        let mut mailed = false;
        // What was told before, under the same id, was mailed then.
        let is_new = self.store.told(&[told.id]).await?.is_empty();
        if is_new
            && self.store.preferences(due.account).await?.reminder_mail
            && let Some(contact) = self.store.contact(due.account).await?
        {
            let mail = self.letters.reminder_due(&due, &told, &contact, now);
            change = change.write(Write::QueueMail(mail));
            mailed = true;
        }
        // Announced under the reminder's id, so that everything about it can be traced together.
        let cause = Cause::correlated(due.id.0);
        let change = tell(change.write(Write::Reminder(due)), told, now, &cause);
        self.store.commit(change).await?;
        if mailed {
            self.mail_queued.notify_one();
        }
        Ok(())
    }
}
