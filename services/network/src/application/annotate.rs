//! Tags and notes. They stay on the id they were made on; reading a person reads all of its ids, and
//! so does what is told of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_shared::ids::{AccountId, NoteId, PersonId};
use skeleton_durable::{
    Cause,
    commit::{ChangeSet, CommitError, KeptAnswer},
};

use super::{App, people::own_person};
use crate::{
    domain::annotation::{self, BadText},
    ports::{Annotation, Note, Write},
};

/// How often an edit is decided again when somebody else was faster.
const ATTEMPTS: usize = 5;

/// Why nothing was changed or answered.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateError {
    /// The person is unknown, or of another book.
    #[error("no such person")]
    UnknownPerson,
    /// The person has no such note.
    #[error("no such note")]
    UnknownNote,
    /// The text is not taken.
    #[error(transparent)]
    BadText(#[from] BadText),
    /// There are too many already.
    #[error("expected at most {} on one person", annotation::PER_PERSON_LIMIT)]
    TooMany,
    /// The key was used before, for something else.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The store, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

/// What an owner does to a person of the book.
#[derive(Clone, Copy, Debug)]
pub struct Annotate {
    /// Whose book.
    pub owner: AccountId,
    /// The person.
    pub person: PersonId,
}

/// The key and hash of a request that may be sent twice.
#[derive(Clone, Debug)]
pub struct Repeatable {
    /// As the caller gave it.
    pub key: String,
    /// Hash of the request.
    pub fingerprint: String,
}

impl Annotate {
    /// Everything written on the person and on the ids it had before.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn read(self, app: &App) -> Result<Annotation, AnnotateError> {
        let (id, all) = self.load(app).await?;
        Ok(Annotation::of_all(id, &all))
    }

    /// Puts a tag on the person; no change where one of its ids carries it.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn add_tag(self, app: &App, tag: &str) -> Result<(), AnnotateError> {
        let tag = annotation::tag(tag)?;
        for _ in 1..ATTEMPTS {
            let done = self.try_add_tag(app, &tag).await;
            if !lost_a_race(&done) {
                return done;
            }
        }
        self.try_add_tag(app, &tag).await
    }

    async fn try_add_tag(self, app: &App, tag: &str) -> Result<(), AnnotateError> {
        let (id, mut all) = self.load(app).await?;
        let mut kept = all.values().flat_map(|annotation| &annotation.tags);
        if kept.any(|kept| kept == tag) {
            return Ok(());
        }
        let annotation = all.entry(id).or_default();
        if annotation.tags.len() >= annotation::PER_PERSON_LIMIT {
            return Err(AnnotateError::TooMany);
        }
        annotation.tags.push(tag.to_owned());
        annotation.tags.sort();
        let write = Write::AddTag(id, self.owner, tag.to_owned());
        let change = self.change(app, id, &all, vec![(id, write)]);
        self.commit(app, change).await
    }

    /// Takes a tag off the person, on whichever of its ids it is.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn remove_tag(self, app: &App, tag: &str) -> Result<(), AnnotateError> {
        let tag = annotation::tag(tag)?;
        for _ in 1..ATTEMPTS {
            let done = self.try_remove_tag(app, &tag).await;
            if !lost_a_race(&done) {
                return done;
            }
        }
        self.try_remove_tag(app, &tag).await
    }

    async fn try_remove_tag(self, app: &App, tag: &str) -> Result<(), AnnotateError> {
        let (id, mut all) = self.load(app).await?;
        let mut writes = Vec::new();
        for (on, annotation) in &mut all {
            if annotation.tags.iter().any(|kept| kept == tag) {
                annotation.tags.retain(|kept| kept != tag);
                writes.push((*on, Write::RemoveTag(*on, self.owner, tag.to_owned())));
            }
        }
        if writes.is_empty() {
            return Ok(());
        }
        let change = self.change(app, id, &all, writes);
        self.commit(app, change).await
    }

    /// Writes a note. With a key, the same request sent again gets the same note.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn add_note(
        self,
        app: &App,
        text: &str,
        repeatable: Option<Repeatable>,
    ) -> Result<Note, AnnotateError> {
        let text = annotation::note(text)?;
        for _ in 1..ATTEMPTS {
            let done = self.try_add_note(app, &text, repeatable.as_ref()).await;
            if !lost_a_race(&done) {
                return done;
            }
        }
        self.try_add_note(app, &text, repeatable.as_ref()).await
    }

    async fn try_add_note(
        self,
        app: &App,
        text: &str,
        repeatable: Option<&Repeatable>,
    ) -> Result<Note, AnnotateError> {
        let (id, mut all) = self.load(app).await?;
        if let Some(kept) = self.kept(app, repeatable, &all).await? {
            return Ok(kept);
        }
        let annotation = all.entry(id).or_default();
        if annotation.notes.len() >= annotation::PER_PERSON_LIMIT {
            return Err(AnnotateError::TooMany);
        }
        let created_at = whole_micros(app.clock.now());
        let note = Note {
            id: NoteId::generate(),
            text: text.to_owned(),
            created_at,
        };
        annotation.notes.insert(0, note.clone());
        let write = Write::AddNote(id, self.owner, note.clone());
        let kept = repeatable.cloned().map(|it| KeptAnswer {
            account: self.owner.0,
            key: it.key,
            fingerprint: it.fingerprint,
            status: 201,
            body: note.id.to_string(),
            at: created_at,
        });
        let change = self.change(app, id, &all, vec![(id, write)]).answer(kept);
        self.commit(app, change).await?;
        Ok(note)
    }

    /// Removes a note.
    ///
    /// # Errors
    /// See [`AnnotateError`].
    pub async fn remove_note(self, app: &App, note: NoteId) -> Result<(), AnnotateError> {
        for _ in 1..ATTEMPTS {
            let done = self.try_remove_note(app, note).await;
            if !lost_a_race(&done) {
                return done;
            }
        }
        self.try_remove_note(app, note).await
    }

    async fn try_remove_note(self, app: &App, note: NoteId) -> Result<(), AnnotateError> {
        let (id, mut all) = self.load(app).await?;
        let on = all
            .iter_mut()
            .find(|(_, a)| a.notes.iter().any(|kept| kept.id == note));
        let (&on, annotation) = on.ok_or(AnnotateError::UnknownNote)?;
        annotation.notes.retain(|kept| kept.id != note);
        let writes = vec![(on, Write::RemoveNote(note))];
        let change = self.change(app, id, &all, writes);
        self.commit(app, change).await
    }

    /// The id that the person has now, and what is written on each of its ids.
    async fn load(
        self,
        app: &App,
    ) -> Result<(PersonId, BTreeMap<PersonId, Annotation>), AnnotateError> {
        let person = own_person(&*app.store, self.owner, self.person).await?;
        let id = person.ok_or(AnnotateError::UnknownPerson)?.id;
        let old = app.store.merged_into(&[id]).await?;
        let ids: Vec<PersonId> = [id].into_iter().chain(old.into_keys()).collect();
        Ok((id, app.store.annotations(&ids).await?))
    }

    async fn kept(
        self,
        app: &App,
        repeatable: Option<&Repeatable>,
        all: &BTreeMap<PersonId, Annotation>,
    ) -> Result<Option<Note>, AnnotateError> {
        let Some(repeatable) = repeatable else {
            return Ok(None);
        };
        let kept = app.store.kept_answer(self.owner.0, &repeatable.key).await?;
        let Some(kept) = kept else { return Ok(None) };
        if kept.fingerprint != repeatable.fingerprint {
            return Err(AnnotateError::KeyReused);
        }
        let mut notes = all.values().flat_map(|annotation| &annotation.notes);
        let note = notes.find(|note| note.id.to_string() == kept.body).cloned();
        // It was made, and removed since: what was asked for has happened.
        note.map(Some).ok_or(AnnotateError::UnknownNote)
    }

    /// Tells of `id`, the person, with all that is written on its ids, and of those ids by
    /// themselves that `writes` are about.
    fn change(
        self,
        app: &App,
        id: PersonId,
        now: &BTreeMap<PersonId, Annotation>,
        writes: Vec<(PersonId, Write)>,
    ) -> ChangeSet<Write> {
        let old_ids = writes.iter().map(|(on, _)| *on).filter(|on| *on != id);
        let mut told: BTreeMap<PersonId, Annotation> = old_ids
            .filter_map(|on| Some((on, now.get(&on)?.clone())))
            .collect();
        told.insert(id, Annotation::of_all(id, now));
        let mut change = ChangeSet::new().write(Write::ExpectActive(id));
        for (on, annotation) in told {
            let (raise, event) = annotation.told_of(self.owner, on);
            change = change
                .write(raise)
                .event(&event, app.clock.now(), &Cause::default());
        }
        writes
            .into_iter()
            .fold(change, |change, (_, write)| change.write(write))
    }

    async fn commit(self, app: &App, change: ChangeSet<Write>) -> Result<(), AnnotateError> {
        Ok(app.store.commit(change).await?)
    }
}

/// As exact as the store keeps it.
fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// Whether another writer was faster, or the same request was: then it is to be decided again.
fn lost_a_race<T>(done: &Result<T, AnnotateError>) -> bool {
    use CommitError::{Conflict, Repeated};
    matches!(done, Err(AnnotateError::Internal(Conflict(_) | Repeated)))
}
