//! The tags and notes on a person of the own book.

use kith_shared::ids::{AccountId, PersonId};

use super::{App, annotations::AnnotateError};
use crate::ports::Annotation;

impl App {
    /// Everything written on the person and on the ids it had before.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn get_annotations(
        &self,
        owner: AccountId,
        person: PersonId,
    ) -> Result<Annotation, AnnotateError> {
        let written = self.written_on(owner, person).await?;
        Ok(Annotation::of_all(written.person, &written.by_id))
    }
}
