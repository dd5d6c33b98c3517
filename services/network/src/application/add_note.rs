//! Writes a note on a person of the own book.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, NoteId, PersonId};
use skeleton_durable::commit::{CommitError, KeptAnswer, decide};

use super::{
    App,
    annotations::{AnnotateError, Decided, Written},
};
use crate::{
    domain::annotation,
    ports::{Note, Write},
};

/// The key and hash of a request that may be sent twice.
#[derive(Clone, Debug)]
pub struct Repeatable {
    /// As the caller gave it.
    pub key: String,
    /// Hash of the request.
    pub fingerprint: String,
}

impl App {
    /// Writes a note. With a key, the same request sent again gets the same note.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn add_note(
        &self,
        owner: AccountId,
        person: PersonId,
        text: &str,
        repeatable: Option<Repeatable>,
    ) -> Result<Note, AnnotateError> {
        let text = annotation::note(text)?;
        let repeatable = repeatable.as_ref();
        decide(async || self.try_add_note(owner, person, &text, repeatable).await).await
    }

    async fn try_add_note(
        &self,
        owner: AccountId,
        person: PersonId,
        text: &str,
        repeatable: Option<&Repeatable>,
    ) -> Decided<Note> {
        let mut written = self.written_on(owner, person).await?;
        if let Some(repeatable) = repeatable
            && let Some(made) = self.made_before(&written, repeatable).await?
        {
            return Ok(Ok(made));
        }
        let id = written.person;
        let annotation = written.by_id.entry(id).or_default();
        if annotation.notes.len() >= annotation::PER_PERSON_LIMIT {
            return Err(AnnotateError::TooMany);
        }
        let created_at = whole_micros(self.clock.now());
        let note = Note {
            id: NoteId((self.new_id)()),
            text: text.to_owned(),
            created_at,
        };
        annotation.notes.insert(0, note.clone());
        let write = Write::AddNote(id, owner, note.clone());
        let answer = repeatable.cloned().map(|it| KeptAnswer {
            account: owner.0,
            key: it.key,
            fingerprint: it.fingerprint,
            status: 201,
            body: note.id.to_string(),
            at: created_at,
        });
        let change = written.change(vec![(id, write)], self.clock.now());
        match self.store.commit(change.answer(answer)).await {
            // The same request was faster; its note is the answer.
            Err(CommitError::Repeated) => Ok(Err(CommitError::Conflict("repeated".to_owned()))),
            done => Ok(done.map(|()| note)),
        }
    }

    /// The note that an earlier request of this key made.
    async fn made_before(
        &self,
        written: &Written,
        repeatable: &Repeatable,
    ) -> Result<Option<Note>, AnnotateError> {
        let key = &repeatable.key;
        let Some(kept) = self.store.kept_answer(written.owner.0, key).await? else {
            return Ok(None);
        };
        if kept.fingerprint != repeatable.fingerprint {
            return Err(AnnotateError::KeyReused);
        }
        let mut notes = written.by_id.values().flat_map(|on| &on.notes);
        let note = notes.find(|note| note.id.to_string() == kept.body).cloned();
        // It was made, and removed since: what was asked for has happened.
        note.map(Some).ok_or(AnnotateError::UnknownNote)
    }
}

/// As exact as the store keeps it.
fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
