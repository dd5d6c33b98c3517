//! What other services' events mean to an account.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_shared::{
    events::{
        ingest::ImportChanged,
        users::{AccountChanged, CircleChanged, ErasureRequested, InvitationChanged},
    },
    ids::{AccountId, CircleId, NotificationId},
};
use skeleton_durable::{
    BadEvent, Cause, Envelope, Event,
    commit::{ChangeSet, CommitError},
};
use uuid::Uuid;

use super::{App, tell};
use crate::{
    domain::notification::{Circle, Invitation, Member, Notification},
    ports::Write,
};

/// Why events were not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// One of them is not what it says.
    #[error(transparent)]
    Bad(#[from] BadEvent),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] CommitError),
}

/// A batch while it is taken in: what it has changed so far is seen by what follows.
struct Batch<'a> {
    app: &'a App,
    now: Timestamp,
    change: ChangeSet<Write>,
    circles: BTreeMap<CircleId, Option<(i64, Vec<Member>)>>,
    invitations: BTreeMap<Uuid, Option<i64>>,
    /// New notifications, with the cause of each.
    told: BTreeMap<NotificationId, (Notification, Cause)>,
    /// Accounts that are gone, with the versions in which they ended.
    erased: BTreeMap<AccountId, i64>,
}

impl App {
    /// Takes a batch of events in, with one commit.
    ///
    /// # Errors
    /// See [`ApplyError`]; then none was taken in.
    pub async fn apply_events(&self, events: &[Envelope]) -> Result<(), ApplyError> {
        let mut batch = Batch {
            app: self,
            now: self.clock.now(),
            change: ChangeSet::new().handled(events),
            circles: BTreeMap::new(),
            invitations: BTreeMap::new(),
            told: BTreeMap::new(),
            erased: BTreeMap::new(),
        };
        for event in events {
            batch.take(event).await?;
        }
        let change = batch.finish().await?;
        Ok(self.store.commit(change).await?)
    }
}

impl Batch<'_> {
    async fn take(&mut self, event: &Envelope) -> Result<(), ApplyError> {
        match event.kind.as_str() {
            ImportChanged::TYPE => {
                let ended = Notification::import_ended(&event.part()?, self.now);
                self.tell(ended, event);
            }
            AccountChanged::TYPE => self.change.writes.push(Write::Account(event.open()?)),
            CircleChanged::TYPE => self.circle(event.part()?, event).await?,
            InvitationChanged::TYPE => self.invitation(event.part()?, event).await?,
            ErasureRequested::TYPE => {
                let erased = event.open::<ErasureRequested>()?;
                self.erased.insert(erased.account_id, erased.version);
            }
            _ => {}
        }
        Ok(())
    }

    fn tell(&mut self, told: impl IntoIterator<Item = Notification>, event: &Envelope) {
        for one in told {
            self.told
                .entry(one.id)
                .or_insert_with(|| (one, event.as_cause()));
        }
    }

    async fn circle(&mut self, circle: Circle, event: &Envelope) -> Result<(), ApplyError> {
        let id = circle.circle_id;
        if !self.circles.contains_key(&id) {
            self.circles.insert(id, self.app.store.circle(id).await?);
        }
        let known = self.circles.get(&id).cloned().flatten();
        let (version, members) = known.unwrap_or_default();
        if circle.version <= version {
            return Ok(());
        }
        self.tell(Notification::joined(&circle, &members, self.now), event);
        self.circles
            .insert(id, Some((circle.version, circle.members.clone())));
        self.change.writes.push(Write::Circle(circle));
        Ok(())
    }

    async fn invitation(
        &mut self,
        invitation: Invitation,
        event: &Envelope,
    ) -> Result<(), ApplyError> {
        let id = invitation.invitation_id.0;
        if !self.invitations.contains_key(&id) {
            self.invitations
                .insert(id, self.app.store.invitation_version(id).await?);
        }
        if self.invitations.get(&id).copied().flatten() >= Some(invitation.version) {
            return Ok(());
        }
        self.invitations.insert(id, Some(invitation.version));
        if invitation.is_pending() {
            self.tell(Notification::invited(&invitation, self.now), event);
        } else {
            self.answered(&invitation, event).await?;
        }
        self.change.writes.push(Write::Invitation(invitation));
        Ok(())
    }

    /// An invitation that was answered or withdrawn is no news any more.
    async fn answered(
        &mut self,
        invitation: &Invitation,
        event: &Envelope,
    ) -> Result<(), ApplyError> {
        let id = Notification::of_invitation(invitation.invitation_id);
        if self.told.remove(&id).is_some() {
            return Ok(());
        }
        let Some(account) = invitation.invited else {
            return Ok(());
        };
        let found = self.app.store.notification(account, id).await?;
        if let Some(read) = found.and_then(|found| found.mark(true, self.now)) {
            let change = std::mem::take(&mut self.change);
            self.change = tell(change, read, self.now, &event.as_cause());
        }
        Ok(())
    }

    /// Leaves out what was told before and what concerns accounts that are gone.
    async fn finish(self) -> Result<ChangeSet<Write>, CommitError> {
        let Self {
            app,
            now,
            mut change,
            told,
            erased,
            ..
        } = self;
        let ids: Vec<NotificationId> = told.keys().copied().collect();
        let before = app.store.told(&ids).await?;
        let accounts: Vec<AccountId> = told.values().map(|(one, _)| one.account).collect();
        let gone = app.store.erased(&accounts).await?;
        for (one, cause) in told.into_values() {
            let silent = gone.contains(&one.account) || erased.contains_key(&one.account);
            if !silent && !before.contains(&one.id) {
                change = tell(change, one, now, &cause);
            }
        }
        for (account, version) in erased {
            change = change.write(Write::Erase(account, version));
        }
        Ok(change)
    }
}
