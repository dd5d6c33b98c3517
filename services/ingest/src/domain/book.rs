//! Which records are one person.
//!
//! A record stands alone, as a person of its own, until a decision joins it. A decision is about a
//! pair: what speaks for one human and what against, weighed by [`super::resolution`], or the owner's
//! word. A person is what the decisions make of the records: persons that are joined, directly or
//! through others, hold for one another, and the oldest id stands for all. Undoing one decision
//! leaves all others as they are, so it can be done in any order, and an old id always resolves. What
//! was taken apart is remembered as different and never joined again by rule.
//!
//! | module | does |
//! |---|---|
//! | `resolve` | a record arrives, the owner edits, joins, takes apart |
//! | `decide` | decides anew what a change touches, strongest evidence first |
//! | `keys` | by what records are found, made again when it would come out differently |
//! | `forest` | the decisions that hold, as persons standing under one another |
//! | `outcome` | rows to save and events to publish |
//!
//! A [`Book`] is the part of an account's book that a decision needs, as it was at `version`.

mod decide;
mod forest;
mod keys;
mod outcome;
mod resolve;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId, RecordId};
use uuid::Uuid;

pub use self::outcome::Decision;
use super::{
    key::Key,
    profile::Profile,
    record::{Arrival, Edit, Record},
};

/// A person, or what is left of one that was merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Identity, for ever.
    pub id: PersonId,
    /// Rises with every change; 0 for one that was never saved.
    pub version: i64,
    /// Under whom it stands, if it does.
    pub merged: Option<Merged>,
    /// The name last shown under this id.
    pub display_name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// That a person was joined to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The other end of the pair that was decided on, from here towards whoever holds for both.
    pub into: PersonId,
    /// Names the decision, to undo it.
    pub merge_id: Uuid,
    /// Why: `same e-mail address …, same name`, `merged by you`.
    pub reason: String,
    pub at: Timestamp,
    /// Who decided.
    pub by: DecidedBy,
    /// The weight of the evidence, in bits; none where it was not weighed.
    pub bits: Option<i32>,
}

/// Who decided that two are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecidedBy {
    /// What they say, weighed.
    Rule,
    /// The owner.
    You,
    /// A version before this one, by a value that they have in common. It stays until the owner or
    /// a new decision on the whole book takes it apart.
    Before,
}

impl DecidedBy {
    /// The name that the tables carry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::You => "you",
            Self::Before => "before",
        }
    }

    /// That of this name; a later version's is left alone as one of before is.
    #[must_use]
    pub fn named(name: Option<&str>, reason: &str) -> Self {
        match name {
            // The version before says it by the reason alone.
            _ if reason == BY_YOU => Self::You,
            Some("rule") => Self::Rule,
            Some("you") => Self::You,
            _ => Self::Before,
        }
    }
}

/// The reason of what the owner joined.
pub const BY_YOU: &str = "merged by you";

/// A part of an account's book.
#[derive(Clone, Debug)]
pub struct Book {
    account: AccountId,
    version: i64,
    persons: HashMap<PersonId, Person>,
    records: HashMap<PersonId, Vec<Record>>,
    /// Homes of a key by the record that brought it, the earliest first.
    keys: HashMap<Key, BTreeMap<RecordId, PersonId>>,
    /// Keys of more records than are loaded, with how many.
    wide: HashMap<Key, usize>,
    /// Whom each person was joined to last, by child: see `forest`.
    children: HashMap<PersonId, BTreeSet<PersonId>>,
    different: BTreeSet<(PersonId, PersonId)>,
    closed: Vec<Closed>,
    changes: Changes,
}

/// A person of whom something that is stored cannot be read. Nothing is decided about it and nothing
/// published of it; everybody else is not concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Who holds for the person.
    pub root: PersonId,
    /// Those of the keys asked for that are the person's.
    pub keys: Vec<Key>,
    /// Which row it is, and what is wrong with it.
    pub why: String,
}

/// What was changed in a book since it was loaded.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub added: Vec<(Record, Arrival)>,
    /// Records that are no more: edits that were replaced.
    pub removed: Vec<RecordId>,
    /// Records whose source says something else since then.
    pub ended: Vec<(RecordId, Timestamp)>,
    /// Records that an import brought again as they were.
    pub seen: Vec<RecordId>,
    /// Records that are found by other keys now.
    pub rekeyed: Vec<Record>,
    /// Records that are another person's now.
    pub moved: Vec<(RecordId, PersonId)>,
    /// Persons to save.
    pub touched: BTreeSet<PersonId>,
    /// Pairs newly known to be different.
    pub different: Vec<(PersonId, PersonId)>,
    /// Pairs no longer held to be different.
    pub same_after_all: Vec<(PersonId, PersonId)>,
    /// Persons whose interactions now belong to somebody else, or newly to them.
    pub regrouped: BTreeSet<PersonId>,
    /// Addresses that nobody had before, and who has them now: where they were in the
    /// correspondence before, the past becomes theirs.
    pub gained: Vec<(PersonId, Key)>,
}

/// What became of a record that was admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Who holds for it now.
    pub person: PersonId,
    /// The record.
    pub record: RecordId,
    /// The person that it made.
    pub home: PersonId,
    /// Whom it joined and why; none where it stands alone.
    pub joined: Option<Joined>,
}

/// That a record joined a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// What that person was called.
    pub name: String,
    /// What spoke for it.
    pub reason: String,
    /// Whether the person had a record of the same source.
    pub known_to_source: bool,
}

/// Why persons were not merged or parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// There is no such person in this book.
    #[error("no such person")]
    NoSuchPerson,
    /// They are one person already.
    #[error("they are one person already")]
    Same,
    /// There is no such merge of this person.
    #[error("no such merge")]
    NoSuchMerge,
    /// The person has no such record.
    #[error("no such record")]
    NoSuchRecord,
    /// The record is all there is of the person.
    #[error("it is the only record of the person")]
    OnlyRecord,
}

/// A pair in the one order in which it is kept.
fn ordered<T: PartialOrd>(one: T, two: T) -> (T, T) {
    if one < two { (one, two) } else { (two, one) }
}

impl Book {
    /// A part of the book as the store holds it.
    #[must_use]
    pub fn load(
        account: AccountId,
        version: i64,
        persons: Vec<Person>,
        records: Vec<Record>,
        different: impl IntoIterator<Item = (PersonId, PersonId)>,
    ) -> Self {
        let mut book = Self {
            account,
            version,
            persons: persons
                .into_iter()
                .map(|person| (person.id, person))
                .collect(),
            records: HashMap::new(),
            keys: HashMap::new(),
            wide: HashMap::new(),
            children: HashMap::new(),
            different: different.into_iter().collect(),
            closed: Vec::new(),
            changes: Changes::default(),
        };
        for person in book.persons.values() {
            if let Some(merged) = &person.merged {
                book.children
                    .entry(merged.into)
                    .or_default()
                    .insert(person.id);
            }
        }
        for record in records {
            book.index(record);
        }
        book
    }

    /// The same with persons that are there and cannot be read.
    #[must_use]
    pub fn with_closed(mut self, closed: impl IntoIterator<Item = Closed>) -> Self {
        self.closed.extend(closed);
        self
    }

    /// The same with keys that so many records have that they are not loaded by them.
    #[must_use]
    pub fn with_wide(mut self, wide: impl IntoIterator<Item = (Key, usize)>) -> Self {
        self.wide.extend(wide);
        self
    }

    /// Persons of this part of the book that cannot be read.
    #[must_use]
    pub fn closed(&self) -> &[Closed] {
        &self.closed
    }

    /// The person with one of these keys that cannot be read, if there is one.
    #[must_use]
    pub fn closed_by(&self, keys: &[Key]) -> Option<&Closed> {
        self.closed
            .iter()
            .find(|it| it.keys.iter().any(|key| keys.contains(key)))
    }

    /// Whose book.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The version that was loaded.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// What was changed so far.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What the owner says of a person under this very id: what was said under another that is one with
    /// it stays there, so that taking them apart restores both.
    #[must_use]
    pub fn edit_of(&self, home: PersonId) -> Option<&Edit> {
        let edits = self.records.get(&home)?.iter();
        edits
            .filter_map(|record| Some((record.id, record.edit()?)))
            .max_by_key(|(id, _)| *id)
            .map(|(_, edit)| edit)
    }

    /// Who holds for `id` now: itself, or whom it was merged into. None for a stranger.
    #[must_use]
    pub fn root(&self, id: PersonId) -> Option<PersonId> {
        let mut person = self.persons.get(&id)?;
        // Bounded by the number of persons: a merge never closes a circle.
        for _ in 0..=self.persons.len() {
            match &person.merged {
                None => return Some(person.id),
                Some(merged) => person = self.persons.get(&merged.into)?,
            }
        }
        None
    }

    /// A person by its own id.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.persons.get(&id)
    }

    /// A root and all who stand under it, by id.
    #[must_use]
    pub fn members(&self, root: PersonId) -> BTreeSet<PersonId> {
        let mut members = BTreeSet::from([root]);
        let mut next = vec![root];
        while let Some(id) = next.pop() {
            let under = self.children.get(&id).into_iter().flatten();
            next.extend(under.filter(|child| members.insert(**child)));
        }
        members
    }

    /// The person that an address stands for now: that of the earliest record that carries it; one
    /// that cannot be read if it is one's.
    #[must_use]
    pub fn owner_of(&self, key: &Key) -> Option<PersonId> {
        if let Some(closed) = self.closed_by(std::slice::from_ref(key)) {
            return Some(closed.root);
        }
        self.keys
            .get(key)?
            .values()
            .next()
            .and_then(|home| self.root(*home))
    }

    /// All records of a root.
    pub fn records_of(&self, root: PersonId) -> impl Iterator<Item = &Record> {
        self.members(root).into_iter().flat_map(|member| {
            self.records
                .get(&member)
                .map(Vec::as_slice)
                .unwrap_or_default()
        })
    }

    /// A root as its records describe it.
    #[must_use]
    pub fn profile(&self, root: PersonId) -> Profile {
        Profile::of(self.records_of(root))
    }

    fn create(&mut self, id: PersonId, at: Timestamp) -> PersonId {
        let display_name = String::new();
        self.persons.insert(
            id,
            Person {
                id,
                version: 0,
                merged: None,
                display_name,
                created_at: at,
            },
        );
        self.changes.touched.insert(id);
        id
    }

    fn index(&mut self, record: Record) {
        for key in &record.keys {
            self.keys
                .entry(key.clone())
                .or_default()
                .insert(record.id, record.home);
        }
        self.records.entry(record.home).or_default().push(record);
    }

    fn put(&mut self, home: PersonId, arrival: Arrival, id: RecordId) {
        let record = Record {
            id,
            home,
            source: arrival.source.clone(),
            file_name: arrival.file_name.clone(),
            observed_at: arrival.observed_at,
            import: arrival.import,
            seen: None,
            until: None,
            said: arrival.said.clone(),
            keys: arrival.keys.clone(),
        };
        if let Some(root) = self.root(home) {
            self.changes.touched.insert(root);
        }
        let gained = record
            .keys
            .iter()
            .filter(|key| !self.keys.contains_key(*key));
        self.changes
            .gained
            .extend(gained.map(|key| (home, key.clone())));
        self.index(record.clone());
        self.changes.added.push((record, arrival));
    }
}
