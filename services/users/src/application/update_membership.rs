//! I say what I show in a circle.

use kith_shared::{
    ids::{AccountId, CircleId},
    sharing::{Sharing, SharingException},
};
use skeleton_durable::commit::{ChangeSet, decide};

use super::{
    App,
    circles::{CircleError, CircleView},
};
use crate::ports::Write;

impl App {
    /// Changes what a member shows. `seen` tells whether the version is the one the caller saw.
    ///
    /// # Errors
    /// See [`CircleError`].
    pub async fn update_membership(
        &self,
        account: AccountId,
        id: CircleId,
        sharing: Option<Sharing>,
        exceptions: Option<Vec<SharingException>>,
        seen: impl Fn(i64) -> bool,
    ) -> Result<CircleView, CircleError> {
        decide::<(), CircleError, _>(async || {
            let circle = self.circle_of(account, id).await?;
            if !seen(circle.version) {
                return Err(CircleError::Changed(circle.version));
            }
            let expected = circle.version;
            let circle = circle.share(account, sharing, exceptions.clone())?;
            let event = self.circle_event(&circle, None).await?;
            let change = ChangeSet::new()
                .write(Write::SaveCircle(circle, expected))
                .event(&event, self.now(), &Self::cause());
            Ok(self.commit(change).await)
        })
        .await?;
        self.get_circle(account, id).await
    }
}
