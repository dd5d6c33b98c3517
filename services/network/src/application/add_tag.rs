//! Puts a tag on a person of the own book.

use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::commit::decide;

use super::{
    App,
    annotations::{AnnotateError, Decided},
};
use crate::{domain::annotation, ports::Write};

impl App {
    /// Puts a tag on the person; no change where one of its ids carries it.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn add_tag(
        &self,
        owner: AccountId,
        person: PersonId,
        tag: &str,
    ) -> Result<(), AnnotateError> {
        let tag = annotation::tag(tag)?;
        decide(async || self.try_add_tag(owner, person, &tag).await).await
    }

    async fn try_add_tag(&self, owner: AccountId, person: PersonId, tag: &str) -> Decided<()> {
        let mut written = self.written_on(owner, person).await?;
        let mut kept = written.by_id.values().flat_map(|on| &on.tags);
        if kept.any(|kept| kept == tag) {
            return Ok(Ok(()));
        }
        let id = written.person;
        let annotation = written.by_id.entry(id).or_default();
        if annotation.tags.len() >= annotation::PER_PERSON_LIMIT {
            return Err(AnnotateError::TooMany);
        }
        annotation.tags.push(tag.to_owned());
        annotation.tags.sort();
        let write = Write::AddTag(id, owner, tag.to_owned());
        let change = written.change(vec![(id, write)], self.clock.now());
        Ok(self.store.commit(change).await)
    }
}
