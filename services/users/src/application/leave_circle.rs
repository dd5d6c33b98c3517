//! I leave a circle.

use kith_shared::ids::{AccountId, CircleId};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::{App, circles::CircleError};
use crate::{domain::circle::Circle, ports::Write};

impl App {
    /// Leaves a circle. The invitations that the member made are taken back; the last one to leave
    /// dissolves it.
    ///
    /// # Errors
    /// See [`CircleError`].
    pub async fn leave_circle(&self, account: AccountId, id: CircleId) -> Result<(), CircleError> {
        decide(async || {
            let circle = self.circle_of(account, id).await?;
            let change = self
                .leave_within(ChangeSet::new(), circle, &[account])
                .await?;
            Ok(self.commit(change).await)
        })
        .await
    }

    /// Adds to a change that accounts leave a circle.
    pub(super) async fn leave_within(
        &self,
        mut change: ChangeSet<Write>,
        circle: Circle,
        leaving: &[AccountId],
    ) -> Result<ChangeSet<Write>, CommitError> {
        let (expected, name) = (circle.version, circle.name.clone());
        let mut after = circle;
        for account in leaving {
            if after.member(*account).is_ok() {
                after = after
                    .leave(*account)
                    .map_err(|error| CommitError::Internal(error.into()))?;
            }
        }
        for invitation in self.store.invitations_of(&[after.id]).await? {
            if after.is_dissolved() || leaving.contains(&invitation.invited_by) {
                change = self.withdraw_within(change, invitation, &name).await?;
            }
        }
        let event = self.circle_event(&after, None).await?;
        Ok(change.write(Write::SaveCircle(after, expected)).event(
            &event,
            self.now(),
            &Self::cause(),
        ))
    }
}
