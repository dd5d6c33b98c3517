//! I accept an invitation: as the account that has proven its address, or with the code from its
//! mail, which proves the address.

use kith_shared::{
    ids::{AccountId, AddressId, InvitationId},
    sharing::Sharing,
};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::{App, announce::email_key, circles::CircleView, fresh};
use crate::{
    domain::{
        account::{Account, NotAdded},
        circle::NotJoined,
        invitation::{Invitation, Over},
        secret::Secret,
    },
    ports::Write,
};

/// Why an invitation was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// There is none with this id for this account, or with this code.
    #[error("no such invitation")]
    Unknown,
    /// It was answered, taken back, or has run out.
    #[error(transparent)]
    Over(#[from] Over),
    /// The account is a member, the circle is full, or gone.
    #[error(transparent)]
    NotJoined(#[from] NotJoined),
    /// The account is in too many circles.
    #[error("an account is in at most {} circles", super::circles::CIRCLES_LIMIT)]
    TooMany,
    /// The address that the code proves is another account's.
    #[error("the invitation is for an address that another account has proven")]
    OthersAddress,
    /// The address that the code proves cannot be added.
    #[error(transparent)]
    NotAdded(#[from] NotAdded),
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

/// What tells which invitation is meant.
#[derive(Clone, Debug)]
pub enum Means {
    /// Its id: it must be for a proven address of the account.
    Id(InvitationId),
    /// The code from its mail.
    Code(Secret),
}

impl App {
    /// Joins the circle, showing `sharing`.
    ///
    /// # Errors
    /// See [`AnswerError`].
    pub async fn accept_invitation(
        &self,
        account: AccountId,
        means: &Means,
        sharing: Sharing,
    ) -> Result<CircleView, AnswerError> {
        let (id, circle) = decide(async || {
            let (account, invitation) = self.find_invitation(account, means).await?;
            if !self.has_room(account.id).await? {
                return Err(AnswerError::TooMany);
            }
            let now = self.now();
            let circle = self.store.circle(invitation.circle_id).await?;
            let circle = circle.ok_or(AnswerError::Unknown)?;
            let (expected, invitation_expected) = (circle.version, invitation.version);
            let email = invitation.email.clone();
            let invitation = invitation.accept(now)?;
            let circle = circle.join(account.id, sharing, now)?;
            let joined = self.circle_event(&circle, Some(&account)).await?;
            let told = self
                .invitation_event(&invitation, &circle.name, Some(account.id))
                .await?;
            let (id, circle_id) = (account.id, circle.id);

            let mut change = ChangeSet::new();
            if matches!(means, Means::Code(_)) {
                let account_expected = account.version;
                let proven = account.prove(&email, AddressId((self.new_id)()), now)?;
                if proven.version != account_expected {
                    change = self.save_within(change, proven, account_expected);
                    let emails = [email.as_str().to_owned()];
                    change = self
                        .readdress_within(change, id, &emails, Some(&invitation))
                        .await?;
                }
            }
            let change = change
                .write(Write::SaveInvitation(invitation, invitation_expected))
                .write(Write::SaveCircle(circle, expected))
                .event(&joined, now, &Self::cause())
                .event(&told, now, &Self::cause());
            Ok(self.commit(change).await.map(|()| (id, circle_id)))
        })
        .await?;
        let view = self.get_circle(id, circle).await;
        view.map_err(|error| CommitError::Internal(error.into()).into())
    }

    /// The account and the invitation, if the account may answer it.
    pub(super) async fn find_invitation(
        &self,
        account: AccountId,
        means: &Means,
    ) -> Result<(Account, Invitation), AnswerError> {
        let account = self.load(account).await?.ok_or(AnswerError::Unknown)?;
        let invitation = match means {
            Means::Id(id) => self
                .store
                .invitation(*id)
                .await?
                .filter(|found| {
                    account
                        .verified_emails()
                        .any(|email| email == found.email.as_str())
                })
                .ok_or(AnswerError::Unknown)?,
            Means::Code(code) => {
                let hash = fresh::invitation_hash(code);
                let found = self.store.invitation_by_code(&hash).await?;
                let invitation = found.ok_or(AnswerError::Unknown)?;
                let owner = self.store.owner(&email_key(&invitation.email)).await;
                if owner?.is_some_and(|owner| owner != account.id) {
                    return Err(AnswerError::OthersAddress);
                }
                invitation
            }
        };
        Ok((account, invitation))
    }
}
