//! I invite somebody to a circle by an e-mail address.

use kith_shared::ids::{AccountId, CircleId, InvitationId};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};
use skeleton_service::once::Keep;

use super::{
    App, announce::email_key, circles::CircleError, fresh, list_invitations::InvitationView,
};
use crate::{
    domain::{
        circle::{Circle, MEMBER_LIMIT},
        invitation::{Invitation, PENDING_LIMIT},
        text::Email,
    },
    ports::Write,
};

/// Why nobody was invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// There is no such circle, or the account is no member of it.
    #[error("no such circle")]
    Unknown,
    /// The address is a member's.
    #[error("a member of this circle has this e-mail address")]
    Member,
    /// An invitation to the address waits.
    #[error("this e-mail address is invited already")]
    Invited,
    /// Too many members and invitations.
    #[error("a circle has at most {MEMBER_LIMIT} members and {PENDING_LIMIT} open invitations")]
    Full,
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl From<CircleError> for InviteError {
    fn from(error: CircleError) -> Self {
        match error {
            CircleError::Internal(error) => Self::Internal(error),
            _ => Self::Unknown,
        }
    }
}

impl App {
    /// Invites an address: a mail with a code goes there, and if an account has proven the address,
    /// it sees the invitation at once.
    ///
    /// # Errors
    /// See [`InviteError`].
    pub async fn invite_member(
        &self,
        account: AccountId,
        circle: CircleId,
        email: Email,
        keep: Keep<InvitationView>,
    ) -> Result<InvitationView, InviteError> {
        decide(async || {
            let circle = self.circle_of(account, circle).await?;
            let invited = self.store.owner(&email_key(&email)).await?;
            self.check_not_member(&circle, &email, invited).await?;
            let now = self.now();
            let mut change = ChangeSet::new();
            let mut open = 0;
            for old in self.store.invitations_of(&[circle.id]).await? {
                match (old.is_open(now), old.email == email) {
                    (true, true) => return Err(InviteError::Invited),
                    (true, false) => open += 1,
                    (false, _) => change = self.withdraw_within(change, old, &circle.name).await?,
                }
            }
            if open >= PENDING_LIMIT || circle.members.len() >= MEMBER_LIMIT {
                return Err(InviteError::Full);
            }
            let code = fresh::invitation_code();
            let hash = fresh::invitation_hash(&code);
            let id = InvitationId((self.new_id)());
            let invitation = Invitation::invite(id, circle.id, email.clone(), account, hash, now);
            let event = self
                .invitation_event(&invitation, &circle.name, invited)
                .await?;
            let invited_by = event.invited_by_name.clone();
            let letter = self
                .letters
                .invitation(&invitation, &circle.name, &invited_by, &code);
            let view = InvitationView {
                invitation: invitation.clone(),
                circle_name: circle.name,
                invited_by,
            };
            let change = change
                .write(Write::InsertInvitation(invitation))
                .write(Write::QueueMail(letter))
                .event(&event, now, &Self::cause())
                .answer(keep(&view));
            Ok(self.commit(change).await.map(|()| view))
        })
        .await
    }

    async fn check_not_member(
        &self,
        circle: &Circle,
        email: &Email,
        invited: Option<AccountId>,
    ) -> Result<(), InviteError> {
        let members: Vec<AccountId> = circle.members.iter().map(|m| m.account_id).collect();
        let cards = self.store.cards(&members).await?;
        let is_member = invited.is_some_and(|id| circle.member(id).is_ok())
            || cards.values().any(|card| card.email == email.as_str());
        if is_member {
            Err(InviteError::Member)
        } else {
            Ok(())
        }
    }
}
