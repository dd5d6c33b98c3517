//! Someone makes a thing.

use skeleton_durable::{
    Cause,
    commit::{ChangeSet, CommitError, KeptAnswer},
};
use uuid::Uuid;

use super::App;
use crate::{
    domain::thing::{BadName, Name, Thing},
    ports::Write,
};

/// Why no thing was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateThingError {
    /// The name is none.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] CommitError),
}

impl App {
    /// Makes a thing; `answer` is kept for a repetition of the request.
    ///
    /// # Errors
    /// See [`CreateThingError`].
    pub async fn create_thing(
        &self,
        account: Uuid,
        name: &str,
        answer: impl FnOnce(&Thing) -> Option<KeptAnswer>,
    ) -> Result<Thing, CreateThingError> {
        let (thing, changed) = Thing::create((self.new_id)(), account, Name::parse(name)?);
        let change = ChangeSet::new()
            .answer(answer(&thing))
            .write(Write::Thing(thing.clone()))
            .event(&changed, self.clock.now(), &Cause::default());
        self.store.commit(change).await?;
        Ok(thing)
    }
}
