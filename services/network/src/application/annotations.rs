//! What the use cases of tags and notes have in common: reading what is written on a person, and
//! publishing what changed. Tags and notes stay on the id they were written on; a person's are
//! those of all its ids.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::{
    Cause,
    commit::{ChangeSet, CommitError},
};

use super::{App, people::own_person};
use crate::{
    domain::annotation::{self, BadText},
    ports::{Annotation, Write},
};

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

/// What came of a decision's commit, unless it was refused before.
pub(super) type Decided<T> = Result<Result<T, CommitError>, AnnotateError>;

/// What the owner of a book wrote on a person of it.
pub(super) struct Written {
    pub(super) owner: AccountId,
    /// The id that the person has now.
    pub(super) person: PersonId,
    /// What is written on that id and on each one merged into it.
    pub(super) by_id: BTreeMap<PersonId, Annotation>,
}

impl App {
    pub(super) async fn written_on(
        &self,
        owner: AccountId,
        person: PersonId,
    ) -> Result<Written, AnnotateError> {
        let person = own_person(&*self.store, owner, person).await?;
        let person = person.ok_or(AnnotateError::UnknownPerson)?.id;
        let old = self.store.merged_into(&[person]).await?;
        let ids: Vec<PersonId> = [person].into_iter().chain(old.into_keys()).collect();
        Ok(Written {
            owner,
            person,
            by_id: self.store.annotations(&ids).await?,
        })
    }
}

impl Written {
    /// `writes`, each with the id it is about, and what is published with them at `now`: the person
    /// with all that is written on its ids, and each old id of `writes` by itself.
    pub(super) fn change(
        &self,
        writes: Vec<(PersonId, Write)>,
        now: Timestamp,
    ) -> ChangeSet<Write> {
        let old_ids = writes.iter().map(|(on, _)| *on);
        let mut changed: BTreeMap<PersonId, Annotation> = old_ids
            .filter(|on| *on != self.person)
            .filter_map(|on| Some((on, self.by_id.get(&on)?.clone())))
            .collect();
        changed.insert(self.person, Annotation::of_all(self.person, &self.by_id));
        let mut change = ChangeSet::new().write(Write::ExpectActive(self.person));
        for (on, annotation) in changed {
            let (raise, event) = annotation.next_version(self.owner, on);
            change = change.write(raise).event(&event, now, &Cause::default());
        }
        writes
            .into_iter()
            .fold(change, |change, (_, write)| change.write(write))
    }
}
