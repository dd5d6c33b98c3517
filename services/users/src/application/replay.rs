//! Everything that was ever told and still holds, told again: accounts, circles, invitations, and
//! which accounts are gone. And the digests by which others compare what they hold.
//!
//! A subject is read before what belongs to it, so that an event is never older than its version
//! says; where something changes meanwhile, its own event follows.

use async_trait::async_trait;
use kith_shared::{
    events::users::{AccountChanged, CircleChanged, ErasureRequested, InvitationChanged},
    ids::{AccountId, CircleId, InvitationId},
};
use skeleton_durable::{
    Cause, Envelope, Event,
    announce::{CurrentState, Page, cursor_id},
    commit::CommitError,
    reconcile::{Digests, Holdings},
};
use uuid::Uuid;

use super::{App, announce::email_key};

#[async_trait]
impl CurrentState for App {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            AccountChanged::TYPE,
            CircleChanged::TYPE,
            InvitationChanged::TYPE,
            ErasureRequested::TYPE,
        ]
    }

    async fn page(&self, kind: &str, after: Option<&str>, limit: u32) -> Result<Page, CommitError> {
        let after = cursor_id(after)?;
        match kind {
            AccountChanged::TYPE => self.accounts_again(after, limit).await,
            CircleChanged::TYPE => self.circles_again(after, limit).await,
            InvitationChanged::TYPE => self.invitations_again(after, limit).await,
            ErasureRequested::TYPE => self.erasures_again(after, limit).await,
            _ => Ok(Page::default()),
        }
    }
}

/// Of invitations no consumer keeps whose they are, and those that are over are forgotten: they are
/// not compared.
#[async_trait]
impl Holdings for App {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            AccountChanged::TYPE,
            CircleChanged::TYPE,
            ErasureRequested::TYPE,
        ]
    }

    async fn digests(&self, kind: &str) -> Result<Digests, CommitError> {
        self.store.digests(kind).await
    }
}

impl App {
    async fn accounts_again(&self, after: Option<Uuid>, limit: u32) -> Result<Page, CommitError> {
        let after = after.map(AccountId);
        let found = self.store.accounts_after(after, limit).await?;
        let events = found.iter().map(|it| it.changed(&self.key_hasher));
        Ok(self.page_of(events.collect(), limit))
    }

    async fn circles_again(&self, after: Option<Uuid>, limit: u32) -> Result<Page, CommitError> {
        let mut events = Vec::new();
        for circle in self.store.circles_after(after.map(CircleId), limit).await? {
            events.push(self.circle_event(&circle, None).await?);
        }
        Ok(self.page_of(events, limit))
    }

    async fn invitations_again(
        &self,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page, CommitError> {
        let after = after.map(InvitationId);
        let mut events = Vec::new();
        for invitation in self.store.invitations_after(after, limit).await? {
            let circle = self.store.circle(invitation.circle_id).await?;
            let name = circle.map(|circle| circle.name).unwrap_or_default();
            let invited = self.store.owner(&email_key(&invitation.email)).await?;
            let event = self.invitation_event(&invitation, &name, invited).await;
            events.push(event?);
        }
        Ok(self.page_of(events, limit))
    }

    async fn erasures_again(&self, after: Option<Uuid>, limit: u32) -> Result<Page, CommitError> {
        let after = after.map(AccountId);
        let events = self.store.erased_after(after, limit).await?;
        Ok(self.page_of(events, limit))
    }

    /// Each of these events' subjects is an id, and they are in its order.
    fn page_of<E: Event>(&self, events: Vec<E>, limit: u32) -> Page {
        let is_full = events.len() >= limit as usize;
        let next = events.last().filter(|_| is_full).map(Event::subject);
        let now = self.now();
        let seal = |event: &E| Envelope::seal(event, now, &Cause::default());
        Page {
            events: events.iter().map(seal).collect(),
            next,
        }
    }
}
