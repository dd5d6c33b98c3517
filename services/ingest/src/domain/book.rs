//! Resolution: which records are one person.
//!
//! Strong keys merge, names alone never. A record has a home, the person that it came to, and
//! never leaves it; persons merge by standing under one another, as a forest. So undoing a merge
//! takes a person with its records, those that came later included, out again exactly as it was,
//! and an old id always resolves to its root. What was taken apart is remembered as different
//! and is not merged again by keys.
//!
//! A [`Book`] is the part of an account's book that a decision needs, as it was at `version`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use kith_shared::{
    events::ingest::{PersonChanged, PersonState},
    ids::{AccountId, PersonId, RecordId},
    keys::KeyHasher,
};
use uuid::Uuid;

use super::{
    key::Key,
    profile::Profile,
    record::{Arrival, Edit, Record, Said, Source},
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

/// That a person was merged into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The other.
    pub into: PersonId,
    /// Names the merge, to undo it.
    pub merge_id: Uuid,
    /// Why: `same e-mail address …`, `merged by you`.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A part of an account's book.
#[derive(Clone, Debug)]
pub struct Book {
    account: AccountId,
    version: i64,
    persons: HashMap<PersonId, Person>,
    /// By home.
    records: HashMap<PersonId, Vec<Record>>,
    /// Homes of a key by the record that brought it, the earliest first.
    keys: HashMap<Key, BTreeMap<RecordId, PersonId>>,
    different: BTreeSet<(PersonId, PersonId)>,
    changes: Changes,
}

/// What was changed in a book since it was loaded.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// New records.
    pub added: Vec<(Record, Arrival)>,
    /// Records that are no more: edits that were replaced.
    pub removed: Vec<RecordId>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It made a new person.
    Created(PersonId),
    /// It joined a person whom this source did not know, or joined several into one.
    Merged(PersonId),
    /// It joined a person whom this source knew.
    Updated(PersonId),
}

impl Admitted {
    /// The person that it came to.
    #[must_use]
    pub const fn person(self) -> PersonId {
        match self {
            Self::Created(person) | Self::Merged(person) | Self::Updated(person) => person,
        }
    }
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
            different: different.into_iter().collect(),
            changes: Changes::default(),
        };
        for record in records {
            book.index(record);
        }
        book
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

    /// What the owner says of a person, in force.
    #[must_use]
    pub fn edit_of(&self, person: PersonId) -> Option<&Edit> {
        let root = self.root(person)?;
        let newest = self
            .records
            .get(&root)?
            .iter()
            .filter(|it| it.source == Source::You)
            .max_by_key(|it| it.id)?;
        match &newest.said {
            Said::Edit(edit) => Some(edit),
            Said::Contact(_) => None,
        }
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
        let mut grown = true;
        while grown {
            grown = false;
            for person in self.persons.values() {
                let under = person
                    .merged
                    .as_ref()
                    .is_some_and(|it| members.contains(&it.into));
                grown |= under && members.insert(person.id);
            }
        }
        members
    }

    /// The person that an address stands for now: that of the earliest record that carries it.
    #[must_use]
    pub fn owner_of(&self, key: &Key) -> Option<PersonId> {
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

    /// Whether a root has a record of a source.
    #[must_use]
    pub fn has_source(&self, root: PersonId, source: Source) -> bool {
        self.records_of(root).any(|record| record.source == source)
    }

    /// Takes a record in: to the persons that its keys hit, who thereby become one unless they
    /// are known to be different, or as a new person. `new_id` gives ids.
    pub fn admit(
        &mut self,
        arrival: Arrival,
        at: Timestamp,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Admitted {
        let hits = self.hits(&arrival.keys);
        let Some(home) = self.best_home(&hits) else {
            let person = self.create(PersonId(new_id()), at);
            self.put(person, arrival, RecordId(new_id()));
            return Admitted::Created(person);
        };
        let known_to_source = self
            .root(home)
            .is_some_and(|root| self.has_source(root, arrival.source));
        let mut joined = false;
        for (other, (_, key)) in &hits {
            let reason = reason(key);
            joined |= self.join(home, *other, &reason, at, new_id(), false);
        }
        self.put(home, arrival, RecordId(new_id()));
        let root = self.root(home).unwrap_or(home);
        if joined || !known_to_source {
            Admitted::Merged(root)
        } else {
            Admitted::Updated(root)
        }
    }

    /// Takes the owner's edit of `person` (any id of theirs) in, in place of the one before.
    ///
    /// # Errors
    /// [`BookError::NoSuchPerson`].
    pub fn edit(
        &mut self,
        person: PersonId,
        arrival: Arrival,
        at: Timestamp,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Result<PersonId, BookError> {
        let root = self.root(person).ok_or(BookError::NoSuchPerson)?;
        let hits = self.hits(&arrival.keys);
        let records = self.records.entry(root).or_default();
        let before: Vec<RecordId> = records
            .iter()
            .filter(|it| it.source == Source::You)
            .map(|it| it.id)
            .collect();
        records.retain(|record| record.source != Source::You);
        for holders in self.keys.values_mut() {
            holders.retain(|record, _| !before.contains(record));
        }
        self.changes.removed.extend(before);
        for (other, (_, key)) in &hits {
            self.join(root, *other, &reason(key), at, new_id(), false);
        }
        self.put(root, arrival, RecordId(new_id()));
        self.changes.regrouped.insert(root);
        self.root(root).ok_or(BookError::NoSuchPerson)
    }

    /// Makes two persons one because the owner says so; the older id stays.
    ///
    /// # Errors
    /// When one is not there, or they are one already.
    pub fn merge(
        &mut self,
        one: PersonId,
        other: PersonId,
        at: Timestamp,
        merge_id: Uuid,
    ) -> Result<PersonId, BookError> {
        let one = self.root(one).ok_or(BookError::NoSuchPerson)?;
        let other = self.root(other).ok_or(BookError::NoSuchPerson)?;
        if one == other {
            return Err(BookError::Same);
        }
        self.join(one, other, "merged by you", at, merge_id, true);
        self.root(one).ok_or(BookError::NoSuchPerson)
    }

    /// Undoes a merge of `person`: who was merged stands for itself again, with all its records,
    /// and both are remembered as different.
    ///
    /// # Errors
    /// When there is no such person or merge.
    pub fn unmerge(&mut self, person: PersonId, merge_id: Uuid) -> Result<PersonId, BookError> {
        let root = self.root(person).ok_or(BookError::NoSuchPerson)?;
        let members = self.members(root);
        let parted = members.iter().copied().find(|member| {
            self.persons[member]
                .merged
                .as_ref()
                .is_some_and(|it| it.merge_id == merge_id)
        });
        let parted = parted.ok_or(BookError::NoSuchMerge)?;
        self.changes.touched.extend(&members);
        let from = self
            .persons
            .get_mut(&parted)
            .and_then(|person| person.merged.take());
        let from = from.ok_or(BookError::NoSuchMerge)?;
        let pair = ordered(parted, from.into);
        if self.different.insert(pair) {
            self.changes.different.push(pair);
        }
        self.changes.regrouped.extend([root, parted]);
        Ok(root)
    }

    /// What was changed, and the events that tell of it. Versions are raised by one.
    #[must_use]
    pub fn finish(mut self, hasher: &KeyHasher) -> Outcome {
        let touched = self.changes.touched.clone();
        let mut events = Vec::with_capacity(touched.len());
        let mut saved = Vec::with_capacity(touched.len());
        for id in touched {
            let Some(root) = self.root(id) else { continue };
            let profile = (root == id).then(|| self.profile(root));
            let members = if root == id {
                self.members(root)
            } else {
                BTreeSet::new()
            };
            let Some(person) = self.persons.get_mut(&id) else {
                continue;
            };
            person.version += 1;
            if let Some(profile) = &profile {
                person.display_name.clone_from(&profile.display_name);
            }
            saved.push((person.clone(), root));
            events.push(event(self.account, person, root, profile, &members, hasher));
        }
        Outcome {
            changes: self.changes,
            saved,
            events,
            version: self.version,
        }
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
            source: arrival.source,
            file_name: arrival.file_name.clone(),
            observed_at: arrival.observed_at,
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

    /// The homes that keys hit, each with the number of hits and the first key that did.
    fn hits(&self, keys: &[Key]) -> BTreeMap<PersonId, (usize, Key)> {
        let mut hits: BTreeMap<PersonId, (usize, Key)> = BTreeMap::new();
        for key in keys {
            let homes: BTreeSet<PersonId> = self
                .keys
                .get(key)
                .into_iter()
                .flat_map(BTreeMap::values)
                .copied()
                .collect();
            for home in homes {
                hits.entry(home).or_insert_with(|| (0, key.clone())).0 += 1;
            }
        }
        hits
    }

    /// Most hits, then the oldest.
    fn best_home(&self, hits: &BTreeMap<PersonId, (usize, Key)>) -> Option<PersonId> {
        let best = hits
            .iter()
            .max_by_key(|(id, (count, _))| (*count, std::cmp::Reverse(**id)));
        best.map(|(id, _)| *id)
    }

    /// Puts the younger root under the older, unless they are one already or known to be
    /// different (which `by_owner` overrules). True if that was done.
    fn join(
        &mut self,
        one: PersonId,
        other: PersonId,
        reason: &str,
        at: Timestamp,
        merge_id: Uuid,
        by_owner: bool,
    ) -> bool {
        let (Some(one), Some(other)) = (self.root(one), self.root(other)) else {
            return false;
        };
        if one == other {
            return false;
        }
        let (ours, theirs) = (self.members(one), self.members(other));
        let apart: Vec<(PersonId, PersonId)> = self
            .different
            .iter()
            .copied()
            .filter(|(a, b)| {
                (ours.contains(a) && theirs.contains(b)) || (ours.contains(b) && theirs.contains(a))
            })
            .collect();
        if !apart.is_empty() && !by_owner {
            return false;
        }
        for pair in apart {
            self.different.remove(&pair);
            self.changes.same_after_all.push(pair);
        }
        let (survivor, absorbed) = ordered(one, other);
        if let Some(person) = self.persons.get_mut(&absorbed) {
            let reason = reason.to_owned();
            person.merged = Some(Merged {
                into: survivor,
                merge_id,
                reason,
                at,
            });
        }
        self.changes.touched.extend(ours.into_iter().chain(theirs));
        self.changes.regrouped.extend([survivor, absorbed]);
        true
    }
}

/// A finished decision on a book.
#[derive(Debug)]
pub struct Outcome {
    /// What to write.
    pub changes: Changes,
    /// Persons to save, each with its root.
    pub saved: Vec<(Person, PersonId)>,
    /// What to tell.
    pub events: Vec<PersonChanged>,
    /// The version that was loaded: nobody else may have changed the book since.
    pub version: i64,
}

fn ordered(a: PersonId, b: PersonId) -> (PersonId, PersonId) {
    if a < b { (a, b) } else { (b, a) }
}

fn reason(key: &Key) -> String {
    let what = match key.0.split(':').next() {
        Some("email") => "same e-mail address",
        Some("phone") => "same telephone number",
        Some("profile") => "same profile",
        _ => return "same card identifier".to_owned(),
    };
    format!("{what} {}", key.shown())
}

fn event(
    account: AccountId,
    person: &Person,
    root: PersonId,
    profile: Option<Profile>,
    members: &BTreeSet<PersonId>,
    hasher: &KeyHasher,
) -> PersonChanged {
    let state = if root == person.id {
        PersonState::Active
    } else {
        PersonState::Merged { into: root }
    };
    let profile = profile.unwrap_or_default();
    let texts = |name| profile.values(name).map(str::to_owned).collect();
    PersonChanged {
        person_id: person.id,
        account_id: account,
        version: person.version,
        state,
        other_names: profile.other_names(),
        emails: texts("email"),
        phones: texts("phone"),
        employments: profile.published_employments(),
        keys: profile
            .keys
            .iter()
            .filter_map(Key::strong)
            .map(|key| hasher.hash(&key))
            .collect(),
        aliases: members
            .iter()
            .copied()
            .filter(|member| *member != person.id)
            .collect(),
        display_name: profile.display_name,
        labels: profile.labels,
        connections: profile.connections,
    }
}
