//! Invite somebody to a circle by an e-mail address; take an invitation back.

use kith_shared::ids::{AccountId, CircleId, InvitationId};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};
use skeleton_service::once::Keep;

use super::{App, announce::email_key, circles::CircleError, fresh};
use crate::{
    domain::{
        circle::{Circle, MEMBER_LIMIT},
        invitation::{Invitation, PENDING_LIMIT},
        text::Email,
    },
    ports::Write,
};

/// An invitation as its addressee sees it.
#[derive(Clone, Debug)]
pub struct InvitationView {
    /// The invitation.
    pub invitation: Invitation,
    /// The circle's name.
    pub circle_name: String,
    /// How who invites calls themselves.
    pub invited_by: String,
}

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
            let circle = self
                .circle_of(account, circle)
                .await
                .map_err(circle_error)?;
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
            let id = InvitationId::generate();
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

    /// Takes an open invitation back. Any member may.
    ///
    /// # Errors
    /// [`InviteError::Unknown`] also where it was answered meanwhile.
    pub async fn withdraw_invitation(
        &self,
        account: AccountId,
        circle: CircleId,
        id: InvitationId,
    ) -> Result<(), InviteError> {
        decide(async || {
            let circle = self
                .circle_of(account, circle)
                .await
                .map_err(circle_error)?;
            let invitation = self
                .store
                .invitation(id)
                .await?
                .filter(|found| found.circle_id == circle.id && found.is_open(self.now()))
                .ok_or(InviteError::Unknown)?;
            let change = self
                .withdraw_within(ChangeSet::new(), invitation, &circle.name)
                .await?;
            Ok(self.commit(change).await)
        })
        .await
    }
}

fn circle_error(error: CircleError) -> InviteError {
    match error {
        CircleError::Internal(error) => InviteError::Internal(error),
        _ => InviteError::Unknown,
    }
}
