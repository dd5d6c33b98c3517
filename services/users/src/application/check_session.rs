//! Who is this token? Asked by the gateway for every request that it has not just asked for.

use skeleton_durable::commit::{ChangeSet, CommitError};

use super::{App, fresh};
use crate::{
    domain::{secret::Secret, session::Session},
    ports::Write,
};

impl App {
    /// The session that a token opens, if it is alive; using it prolongs it.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn check_session(&self, token: &Secret) -> Result<Option<Session>, CommitError> {
        let now = self.now();
        let found = self.store.session(&fresh::token_hash(token)).await?;
        let Some(session) = found.filter(|session| session.is_alive(now)) else {
            return Ok(None);
        };
        let Some(touched) = session.touch(now) else {
            return Ok(Some(session));
        };
        // A use that is not written down costs a few minutes of a month.
        if let Err(error) = self
            .commit(ChangeSet::new().write(Write::TouchSession(touched.clone())))
            .await
        {
            tracing::warn!(%error, "the use of a session was not recorded");
        }
        Ok(Some(touched))
    }
}
