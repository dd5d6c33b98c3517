//! What has ended goes: sessions, old failures, invitations that ran out and later their addresses.

use jiff::SignedDuration;
use skeleton_durable::commit::{ChangeSet, CommitError};

use super::App;
use crate::{
    domain::back_off::FORGOTTEN_AFTER,
    ports::{Sweep, Write},
};

/// Invitations that end in one turn.
const BATCH: usize = 100;
/// An invitation that is over is kept this long past its expiry.
const KEEP_ENDED: SignedDuration = SignedDuration::from_hours(30 * 24);

impl App {
    /// One turn.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn sweep(&self) -> Result<(), CommitError> {
        let now = self.now();
        for invitation in self.store.invitations_expired(now, BATCH).await? {
            let circle = self.store.circle(invitation.circle_id).await?;
            let name = circle.map(|circle| circle.name).unwrap_or_default();
            let change = self
                .withdraw_within(ChangeSet::new(), invitation, &name)
                .await?;
            match self.commit(change).await {
                // A conflict means that it was answered a moment ago.
                Ok(()) | Err(CommitError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let before = |age| now.saturating_sub(age).unwrap_or(now);
        let sweep = Sweep {
            sessions: now,
            attempts: before(FORGOTTEN_AFTER),
            invitations: before(KEEP_ENDED),
        };
        self.commit(ChangeSet::new().write(Write::Sweep(sweep)))
            .await
    }
}
