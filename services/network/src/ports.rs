//! Every way to the outside, on one screen. The bus, the clock and the inbox come from the
//! skeleton; this is the service's own store.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use kith_shared::{
    events::network::{AnnotationChanged, Band},
    ids::{AccountId, ImportId, NoteId, PersonId},
};
use skeleton_durable::commit::{Commit, CommitError};

use crate::domain::records::{Account, Circle, Interactions, Person};

/// What can be changed in one commit.
#[derive(Clone, Debug)]
pub enum NetworkWrite {
    /// An account as it now is; ignored unless newer.
    PutAccount(Account),
    /// A circle as it now is; ignored unless newer.
    PutCircle(Circle),
    /// A person as it now is; ignored unless newer.
    PutPerson(Person),
    /// What happened between a pair; ignored unless newer.
    PutInteractions(Interactions),
    /// The band as it is now published; a conflict unless it was at the version before.
    PutBand(PublishedBand),
    /// Removes all that belongs to an account and keeps it from coming back.
    EraseAccount(AccountId),
    /// The import was said to be applied.
    MarkApplied(ImportId, AccountId),
    /// What the owner wrote on a person rises to `version`; a conflict unless it was at the one
    /// before. Changes of tags and notes stand beside it.
    RaiseAnnotation {
        /// The person.
        person: PersonId,
        /// Whose book.
        owner: AccountId,
        /// The new version.
        version: i64,
    },
    /// A conflict unless what is written on these ids is at these versions (0: nothing ever was).
    ExpectAnnotations(Vec<(PersonId, i64)>),
    /// A conflict unless the person stands for itself.
    ExpectActive(PersonId),
    /// A tag more; no change where it was there.
    AddTag(PersonId, AccountId, String),
    /// A tag fewer.
    RemoveTag(PersonId, String),
    /// A note more.
    AddNote(PersonId, AccountId, Note),
    /// A note fewer.
    RemoveNote(NoteId),
}

/// The band of an owner's tie to a person, as published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedBand {
    /// Whose book.
    pub owner: AccountId,
    /// The person.
    pub person: PersonId,
    /// Rises with each publication, from 1.
    pub version: i64,
    /// The band.
    pub band: Band,
}

/// A note on a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The note.
    pub id: NoteId,
    /// What it says.
    pub text: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What the owner wrote on one person id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotation {
    /// 0 where nothing was ever written.
    pub version: i64,
    /// In alphabetical order.
    pub tags: Vec<String>,
    /// Newest first.
    pub notes: Vec<Note>,
}

impl Annotation {
    /// What is written on a person: all that stands on its ids, at the version of `id`.
    #[must_use]
    pub fn of_all(id: PersonId, parts: &BTreeMap<PersonId, Self>) -> Self {
        let tags: BTreeSet<&String> = parts.values().flat_map(|part| &part.tags).collect();
        let mut notes: Vec<Note> = parts
            .values()
            .flat_map(|part| part.notes.iter().cloned())
            .collect();
        notes.sort_by_key(|note| std::cmp::Reverse((note.created_at, note.id)));
        Self {
            version: parts.get(&id).map_or(0, |part| part.version),
            tags: tags.into_iter().cloned().collect(),
            notes,
        }
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.notes.is_empty()
    }

    /// The next version, told to the others.
    #[must_use]
    pub fn told_of(self, owner: AccountId, person: PersonId) -> (NetworkWrite, AnnotationChanged) {
        let version = self.version + 1;
        let event = AnnotationChanged {
            account_id: owner,
            person_id: person,
            version,
            tags: self.tags,
            notes: self.notes.into_iter().map(|note| note.text).collect(),
        };
        let write = NetworkWrite::RaiseAnnotation {
            person,
            owner,
            version,
        };
        (write, event)
    }
}

/// One row of a book's interactions; the other end is the owner where none.
pub type Pair = (PersonId, Option<PersonId>);

/// The store. Reads see what was committed before they began.
#[async_trait]
pub trait NetworkStore: Commit<NetworkWrite> {
    /// Accounts by id; unknown and erased ones are missing.
    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, CommitError>;
    /// Which of these accounts are erased.
    async fn erased(&self, ids: &[AccountId]) -> Result<BTreeSet<AccountId>, CommitError>;
    /// The circles that an account is a member of.
    async fn circles_of(&self, account: AccountId) -> Result<Vec<Circle>, CommitError>;
    /// Persons by id, merged and removed ones included.
    async fn persons(&self, ids: &[PersonId]) -> Result<Vec<Person>, CommitError>;
    /// Of each old id that was merged, through any number of merges, into one of `ids`: that id.
    async fn merged_into(
        &self,
        ids: &[PersonId],
    ) -> Result<BTreeMap<PersonId, PersonId>, CommitError>;
    /// A book's persons in the order of ids, from behind `after`, at most `limit`.
    async fn book(
        &self,
        owner: AccountId,
        after: Option<PersonId>,
        limit: u32,
    ) -> Result<Vec<Person>, CommitError>;
    /// A book's interactions in the order of ids, from behind `after`, at most `limit`.
    async fn book_interactions(
        &self,
        owner: AccountId,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<Interactions>, CommitError>;
    /// The rows of these pairs, the smaller id of two persons first; none where there is none.
    async fn interactions_of(
        &self,
        pairs: &[(AccountId, Pair)],
    ) -> Result<Vec<Interactions>, CommitError>;
    /// The published bands of these persons.
    async fn bands(&self, persons: &[PersonId]) -> Result<Vec<PublishedBand>, CommitError>;
    /// The tags of these persons.
    async fn tags(
        &self,
        persons: &[PersonId],
    ) -> Result<BTreeMap<PersonId, Vec<String>>, CommitError>;
    /// All tags of a book.
    async fn tags_of_book(
        &self,
        owner: AccountId,
    ) -> Result<BTreeMap<PersonId, Vec<String>>, CommitError>;
    /// What the owner wrote on these ids, each for itself.
    async fn annotations(
        &self,
        persons: &[PersonId],
    ) -> Result<BTreeMap<PersonId, Annotation>, CommitError>;
    /// Whether the import was said to be applied.
    async fn is_applied(&self, import: ImportId) -> Result<bool, CommitError>;
}
