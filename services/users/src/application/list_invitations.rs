//! My open invitations.

use kith_shared::ids::{AccountId, InvitationId};
use skeleton_durable::commit::CommitError;

use super::App;
use crate::domain::invitation::Invitation;

/// An invitation as its addressee sees it.
#[derive(Clone, Debug)]
pub struct InvitationView {
    pub invitation: Invitation,
    /// The circle's name.
    pub circle_name: String,
    /// How who invites calls themselves.
    pub invited_by: String,
}

impl App {
    /// Open invitations to a proven address of the account, newest first.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn list_invitations(
        &self,
        account: AccountId,
        before: Option<InvitationId>,
        limit: usize,
    ) -> Result<Vec<InvitationView>, CommitError> {
        let Some(account) = self.load(account).await? else {
            return Ok(Vec::new());
        };
        let emails: Vec<String> = account.verified_emails().map(str::to_owned).collect();
        let found = self
            .store
            .invitations_to(&emails, self.now(), before, limit)
            .await?;
        let inviters: Vec<AccountId> = found.iter().map(|found| found.invited_by).collect();
        let cards = self.store.cards(&inviters).await?;
        let mut views = Vec::with_capacity(found.len());
        for invitation in found {
            let circle = self.store.circle(invitation.circle_id).await?;
            let card = cards.get(&invitation.invited_by);
            views.push(InvitationView {
                circle_name: circle.map(|circle| circle.name).unwrap_or_default(),
                invited_by: card
                    .map(|card| card.display_name.clone())
                    .unwrap_or_default(),
                invitation,
            });
        }
        Ok(views)
    }
}
