//! I refuse an invitation.

use kith_shared::ids::{AccountId, InvitationId};
use skeleton_durable::commit::{ChangeSet, decide};

use super::{
    App,
    accept_invitation::{AnswerError, Means},
};
use crate::ports::Write;

impl App {
    /// Says no.
    ///
    /// # Errors
    /// See [`AnswerError`].
    pub async fn refuse_invitation(
        &self,
        account: AccountId,
        id: InvitationId,
    ) -> Result<(), AnswerError> {
        decide(async || {
            let (account, invitation) = self.find_invitation(account, &Means::Id(id)).await?;
            let circle = self.store.circle(invitation.circle_id).await?;
            let name = circle.map(|circle| circle.name).unwrap_or_default();
            let expected = invitation.version;
            let invitation = invitation.refuse(self.now())?;
            let event = self
                .invitation_event(&invitation, &name, Some(account.id))
                .await?;
            let change = ChangeSet::new()
                .write(Write::SaveInvitation(invitation, expected))
                .event(&event, self.now(), &Self::cause());
            Ok(self.commit(change).await)
        })
        .await
    }
}
