//! Someone gives a thing another name.

use skeleton_durable::{
    Cause,
    commit::{ChangeSet, CommitError},
};
use uuid::Uuid;

use super::App;
use crate::{
    domain::thing::{BadName, Name, Thing},
    ports::Write,
};

/// Why a thing was not renamed.
#[derive(Debug, thiserror::Error)]
pub enum RenameThingError {
    /// The account has no such thing.
    #[error("no such thing")]
    NotFound,
    /// It is in another version than the caller believes.
    #[error("it is in version {current}")]
    Version {
        /// The version it is in.
        current: i64,
    },
    /// The name is none.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] CommitError),
}

impl App {
    /// Renames a thing; `expected` is the version that the caller has seen, if it says so.
    ///
    /// # Errors
    /// See [`RenameThingError`].
    pub async fn rename_thing(
        &self,
        account: Uuid,
        id: Uuid,
        name: &str,
        expected: Option<i64>,
    ) -> Result<Thing, RenameThingError> {
        let name = Name::parse(name)?;
        let thing = self
            .store
            .thing(account, id)
            .await?
            .ok_or(RenameThingError::NotFound)?;
        if expected.is_some_and(|expected| expected != thing.version) {
            return Err(RenameThingError::Version {
                current: thing.version,
            });
        }
        let (thing, changed) = thing.rename(name);
        let change = ChangeSet::new().write(Write::Thing(thing.clone())).event(
            &changed,
            self.clock.now(),
            &Cause::default(),
        );
        self.store.commit(change).await?;
        Ok(thing)
    }
}
