//! Takes a tag off a person of the own book.

use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::commit::decide;

use super::{
    App,
    annotations::{AnnotateError, Decided},
};
use crate::{domain::annotation, ports::Write};

impl App {
    /// Takes a tag off the person, on whichever of its ids it is.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn remove_tag(
        &self,
        owner: AccountId,
        person: PersonId,
        tag: &str,
    ) -> Result<(), AnnotateError> {
        let tag = annotation::tag(tag)?;
        decide(async || self.try_remove_tag(owner, person, &tag).await).await
    }

    async fn try_remove_tag(&self, owner: AccountId, person: PersonId, tag: &str) -> Decided<()> {
        let mut written = self.written_on(owner, person).await?;
        let mut writes = Vec::new();
        for (on, annotation) in &mut written.by_id {
            if annotation.tags.iter().any(|kept| kept == tag) {
                annotation.tags.retain(|kept| kept != tag);
                writes.push((*on, Write::RemoveTag(*on, owner, tag.to_owned())));
            }
        }
        if writes.is_empty() {
            return Ok(Ok(()));
        }
        let change = written.change(writes, self.clock.now());
        Ok(self.store.commit(change).await)
    }
}
