//! Removes a note from a person of the own book.

use kith_shared::ids::{AccountId, NoteId, PersonId};
use skeleton_durable::commit::decide;

use super::{
    App,
    annotations::{AnnotateError, Decided},
};
use crate::ports::Write;

impl App {
    /// Removes a note.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn remove_note(
        &self,
        owner: AccountId,
        person: PersonId,
        note: NoteId,
    ) -> Result<(), AnnotateError> {
        decide(async || self.try_remove_note(owner, person, note).await).await
    }

    async fn try_remove_note(
        &self,
        owner: AccountId,
        person: PersonId,
        note: NoteId,
    ) -> Decided<()> {
        let mut written = self.written_on(owner, person).await?;
        let on = written
            .by_id
            .iter_mut()
            .find(|(_, on)| on.notes.iter().any(|kept| kept.id == note));
        let (&on, annotation) = on.ok_or(AnnotateError::UnknownNote)?;
        annotation.notes.retain(|kept| kept.id != note);
        let change = written.change(vec![(on, Write::RemoveNote(note))], self.clock.now());
        Ok(self.store.commit(change).await)
    }
}
