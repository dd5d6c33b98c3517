//! Every way to the outside, on one screen. The bus, the clock and the inbox come from the
//! skeleton; this is the service's own store.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use kith_shared::{
    events::network::{AnnotationChanged, Band},
    ids::{AccountId, CircleId, ImportId, NoteId, PersonId},
    open::OpenCircle,
};
use skeleton_durable::commit::{Commit, CommitError};

use crate::domain::records::{Account, Circle, Interactions, Person};

/// What can be changed in one commit.
///
/// Commits that change something of an account come one after another and count up
/// ([`Standing::changes`]), so a decision made at a count is known to be older than what came after
/// it.
#[derive(Clone, Debug)]
pub enum Write {
    /// An account as it now is; ignored unless newer, or when it is erased.
    PutAccount(Account),
    /// A circle as it now is; ignored unless newer.
    PutCircle(OpenCircle),
    /// A person as it now is; ignored unless newer; a conflict when the account is erased.
    PutPerson(Person),
    /// What happened between a pair; ignored unless newer; a conflict when the account is erased.
    PutInteractions(Interactions),
    /// A conflict if anything that the ties of the owner to these persons hang on has changed since
    /// the account's count was `since`: the person, who was merged into it, their interactions with
    /// the owner. Compares with what was there before the change set.
    ExpectEvidence {
        owner: AccountId,
        /// [`Standing::changes`] as read before anything else was; 0 where there was none.
        since: i64,
        /// The persons, known or not.
        persons: Vec<PersonId>,
    },
    /// Stores the band that this commit publishes; a conflict unless the band stored so far has the
    /// version before.
    PutBand(PublishedBand),
    /// Removes all that belongs to an account and keeps it from coming back. Call
    /// [`Store::erase_some`] first, until nothing much is left.
    EraseAccount(AccountId),
    /// The import was said to be applied.
    MarkApplied(ImportId, AccountId),
    /// What the owner wrote on a person rises to `version`; a conflict unless it was at the one
    /// before. Changes of tags and notes stand beside it.
    RaiseAnnotation {
        person: PersonId,
        owner: AccountId,
        /// The new version.
        version: i64,
    },
    /// A conflict unless what is written on these ids is at these versions (0: nothing ever was).
    ExpectAnnotations(Vec<(PersonId, i64)>),
    /// A conflict unless the person stands for itself.
    ExpectActive(PersonId),
    /// A tag more; no change where it was there; a conflict when the account is erased.
    AddTag(PersonId, AccountId, String),
    /// A tag fewer.
    RemoveTag(PersonId, AccountId, String),
    /// A note more; a conflict when the account is erased.
    AddNote(PersonId, AccountId, Note),
    /// A note fewer.
    RemoveNote(NoteId),
}

/// What commits do to the counts of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touch {
    /// Something is added that an erased account must not have.
    pub adds: bool,
    pub tags: bool,
}

impl Write {
    /// The accounts whose counts rise with these writes, and how.
    #[must_use]
    pub fn touched(writes: &[Self]) -> BTreeMap<AccountId, Touch> {
        let mut all: BTreeMap<AccountId, Touch> = BTreeMap::new();
        for write in writes {
            let (owner, adds, tags) = match write {
                Self::PutAccount(account) => (account.id, false, false),
                Self::PutPerson(person) => (person.owner, true, false),
                Self::PutInteractions(pair) => (pair.owner, true, false),
                Self::EraseAccount(account) => (*account, false, true),
                Self::AddTag(_, owner, _) => (*owner, true, true),
                Self::RemoveTag(_, owner, _) => (*owner, false, true),
                Self::AddNote(_, owner, _) => (*owner, true, false),
                Self::RaiseAnnotation { owner, .. } | Self::ExpectEvidence { owner, .. } => {
                    (*owner, false, false)
                }
                Self::PutCircle(_)
                | Self::PutBand(_)
                | Self::MarkApplied(..)
                | Self::ExpectAnnotations(_)
                | Self::ExpectActive(_)
                | Self::RemoveNote(_) => continue,
            };
            let touch = all.entry(owner).or_default();
            touch.adds |= adds;
            touch.tags |= tags;
        }
        all
    }
}

/// How an account's data stands. Its counts only rise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it asked to be erased.
    pub erased: bool,
    /// Commits that changed something of it.
    pub changes: i64,
    /// What `changes` was when the account itself last changed.
    pub account_at: i64,
    /// What `changes` was when a tag last came or went.
    pub tags_at: i64,
}

/// What of a book is not as it was at a count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Persons as they are now, merged and removed ones included.
    pub persons: Vec<Person>,
    /// What happened between pairs.
    pub interactions: Vec<Interactions>,
}

/// The band of an owner's tie to a person, as published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedBand {
    pub owner: AccountId,
    pub person: PersonId,
    /// Rises with each publication, from 1.
    pub version: i64,
    pub band: Band,
}

/// A note on a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
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

    /// The next version: what stores it, and the event that publishes it.
    #[must_use]
    pub fn next_version(self, owner: AccountId, person: PersonId) -> (Write, AnnotationChanged) {
        let version = self.version + 1;
        let event = AnnotationChanged {
            account_id: owner,
            person_id: person,
            version,
            tags: self.tags,
            notes: self.notes.into_iter().map(|note| note.text).collect(),
        };
        let write = Write::RaiseAnnotation {
            person,
            owner,
            version,
        };
        (write, event)
    }
}

/// One row of a book's interactions; the other end is the owner where none.
pub type Pair = (PersonId, Option<PersonId>);

/// What an account has many of, each with a version of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// Persons, merged and removed ones included.
    Persons,
    /// Interactions of pairs.
    Interactions,
    /// Published bands, by their persons.
    Bands,
    /// What the owner wrote, by the persons it is written on.
    Annotations,
}

/// The store. Reads see what was committed before they began.
#[async_trait]
pub trait Store: Commit<Write> {
    /// Accounts by id; unknown and erased ones are missing.
    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, CommitError>;
    /// How these accounts stand; those of which nothing was ever heard are missing.
    async fn standings(
        &self,
        ids: &[AccountId],
    ) -> Result<BTreeMap<AccountId, Standing>, CommitError>;
    /// Removes some of the book of an account that is to be erased, where a store cannot remove a
    /// large one in one commit; whether it should be called again.
    async fn erase_some(&self, account: AccountId) -> Result<bool, CommitError>;
    /// What of a book changed after its count was `since`; none where that is more than `limit`
    /// persons or pairs.
    async fn changed_since(
        &self,
        owner: AccountId,
        since: i64,
        limit: u32,
    ) -> Result<Option<Changed>, CommitError>;
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
    /// Every account of which anything is kept, in the order of ids, from behind `after`, at most
    /// `limit`.
    async fn account_ids(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<AccountId>, CommitError>;
    /// Circles in the order of ids, from behind `after`, at most `limit`.
    async fn circles(
        &self,
        after: Option<CircleId>,
        limit: u32,
    ) -> Result<Vec<Circle>, CommitError>;
    /// Versions of what an account has, in the order of pairs (persons without another end), from
    /// behind `after`, at most `limit`.
    async fn versions(
        &self,
        of: Subjects,
        owner: AccountId,
        after: Option<Pair>,
        limit: u32,
    ) -> Result<Vec<(Pair, i64)>, CommitError>;
    /// Whether the import was said to be applied.
    async fn is_applied(&self, import: ImportId) -> Result<bool, CommitError>;
}
