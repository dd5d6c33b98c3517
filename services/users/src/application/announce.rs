//! What the other services are told of circles and invitations: with the names that their members
//! go by now.

use kith_shared::{
    events::users::{CircleChanged, InvitationChanged},
    ids::AccountId,
    keys::{KeyKind, StrongKey},
};
use skeleton_durable::commit::{ChangeSet, CommitError};

use super::App;
use crate::{
    domain::{account::Account, circle::Circle, invitation::Invitation, text::Email},
    ports::Write,
};

/// Most invitations that become known to an account when it proves an address.
const READDRESSED_LIMIT: usize = 200;

impl App {
    /// A circle as it is told; `newest` is an account that is being changed in the same commit.
    pub(super) async fn circle_event(
        &self,
        circle: &Circle,
        newest: Option<&Account>,
    ) -> Result<CircleChanged, CommitError> {
        let ids: Vec<AccountId> = circle
            .members
            .iter()
            .map(|member| member.account_id)
            .collect();
        let cards = self.store.cards(&ids).await?;
        Ok(circle.changed(|id| match newest {
            Some(account) if account.id == id => account.display_name.clone(),
            _ => cards
                .get(&id)
                .map(|card| card.display_name.clone())
                .unwrap_or_default(),
        }))
    }

    /// An invitation as it is told.
    pub(super) async fn invitation_event(
        &self,
        invitation: &Invitation,
        circle_name: &str,
        invited: Option<AccountId>,
    ) -> Result<InvitationChanged, CommitError> {
        let cards = self.store.cards(&[invitation.invited_by]).await?;
        let name = cards
            .get(&invitation.invited_by)
            .map(|card| card.display_name.as_str());
        Ok(invitation.changed(circle_name, name.unwrap_or_default(), invited))
    }

    /// Adds taking back an open invitation to a change.
    pub(super) async fn withdraw_within(
        &self,
        change: ChangeSet<Write>,
        invitation: Invitation,
        circle_name: &str,
    ) -> Result<ChangeSet<Write>, CommitError> {
        let expected = invitation.version;
        let Ok(withdrawn) = invitation.withdraw() else {
            return Ok(change);
        };
        let invited = self.store.owner(&email_key(&withdrawn.email)).await?;
        let event = self
            .invitation_event(&withdrawn, circle_name, invited)
            .await?;
        Ok(change
            .write(Write::SaveInvitation(withdrawn, expected))
            .event(&event, self.now(), &Self::cause()))
    }

    /// Adds to a change in which an account proves `emails` that the invitations waiting for them
    /// are now for this account; `but` is left alone.
    pub(super) async fn readdress_within(
        &self,
        mut change: ChangeSet<Write>,
        account: AccountId,
        emails: &[String],
        but: Option<&Invitation>,
    ) -> Result<ChangeSet<Write>, CommitError> {
        let now = self.now();
        let waiting = self
            .store
            .invitations_to(emails, now, None, READDRESSED_LIMIT)
            .await?;
        for invitation in waiting {
            if but.is_some_and(|but| but.id == invitation.id) {
                continue;
            }
            let Some(circle) = self.store.circle(invitation.circle_id).await? else {
                continue;
            };
            let expected = invitation.version;
            let invitation = invitation.readdressed();
            let event = self
                .invitation_event(&invitation, &circle.name, Some(account))
                .await?;
            change = change
                .write(Write::SaveInvitation(invitation, expected))
                .event(&event, now, &Self::cause());
        }
        Ok(change)
    }

    /// Adds an account and the event that tells of it to a change.
    pub(super) fn save_within(
        &self,
        change: ChangeSet<Write>,
        account: Account,
        expected: i64,
    ) -> ChangeSet<Write> {
        let event = account.changed(&self.key_hasher);
        change
            .write(Write::SaveAccount(Box::new(account), expected))
            .event(&event, self.now(), &Self::cause())
    }
}

/// An e-mail address as a key.
pub(super) fn email_key(email: &Email) -> StrongKey {
    StrongKey {
        kind: KeyKind::Email,
        value: email.as_str().to_owned(),
    }
}
