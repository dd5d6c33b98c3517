//! Takes over what the other services published, a batch in one commit.
//!
//! Versions decide, so the order of deliveries does not matter; what belongs to an erased account is
//! left out. A tie event is published when an owner's tie crosses the border of a band.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use jiff::civil::Date;
use kith_shared::{
    events::{
        ingest::{ImportChanged, ImportStatus, InteractionsChanged, PersonChanged, PersonState},
        network::{Band, ImportApplied, TieChanged},
        users::{AccountChanged, CircleChanged, ErasureRequested},
    },
    ids::{AccountId, PersonId},
};
use skeleton_durable::{Envelope, Event, commit::ChangeSet, consumer::HandleError, inbox::Inbox};

use super::Deps;
use crate::{
    domain::{
        records::{Account, Circle, Interactions, Person},
        strength,
    },
    ports::{NetworkWrite, Pair, PublishedBand},
};

/// How long to wait before asking again whether an import's events have all come.
const IMPORT_WAIT: Duration = Duration::from_millis(100);

/// The event types that are applied here.
pub const KINDS: &[&str] = &[
    AccountChanged::TYPE,
    CircleChanged::TYPE,
    ErasureRequested::TYPE,
    PersonChanged::TYPE,
    InteractionsChanged::TYPE,
    ImportChanged::TYPE,
];

/// See the module.
pub struct ApplyEvents {
    /// Store, clock, graphs.
    pub deps: Deps,
    /// Counts what has been settled of an import.
    pub inbox: Arc<dyn Inbox>,
}

/// A batch, opened: of each subject the highest version.
#[derive(Default)]
struct Batch {
    accounts: BTreeMap<AccountId, Account>,
    circles: BTreeMap<kith_shared::ids::CircleId, Circle>,
    persons: BTreeMap<PersonId, Person>,
    pairs: BTreeMap<(AccountId, PersonId, Option<PersonId>), Interactions>,
    erased: BTreeSet<AccountId>,
}

impl ApplyEvents {
    /// Applies all of `events`, those that only report progress of an import last.
    ///
    /// # Errors
    /// [`HandleError::Defer`] when an import's other events have not all come: then all but its
    /// own event are handled.
    pub async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let (imports, states): (Vec<Envelope>, Vec<Envelope>) = events
            .iter()
            .cloned()
            .partition(|event| event.is::<ImportChanged>());
        if !states.is_empty() {
            self.apply_states(&states).await?;
        }
        for import in &imports {
            self.apply_import(import).await?;
        }
        Ok(())
    }

    async fn apply_states(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let mut batch = Batch::default();
        for event in events {
            batch.open(event)?;
        }
        let store = &self.deps.store;
        let mut erased = store.erased(&batch.owners()).await?;
        erased.extend(&batch.erased);
        batch.leave_out(&erased);
        let bands = self.crossed_bands(&batch).await?;

        let now = self.deps.clock.now();
        // Subjects are made of ids between slashes: the person's tells which event moved its tie.
        let about: HashMap<&str, &Envelope> = events
            .iter()
            .flat_map(|event| event.subject.split('/').map(move |id| (id, event)))
            .collect();
        let cause = |person: PersonId| {
            let event = about
                .get(person.to_string().as_str())
                .copied()
                .or(events.first());
            event.map(Envelope::as_cause).unwrap_or_default()
        };
        let mut change = ChangeSet::new().handled(events);
        for band in &bands {
            let event = TieChanged {
                account_id: band.owner,
                person_id: band.person,
                version: band.version,
                band: band.band,
            };
            change
                .events
                .push(Envelope::seal(&event, now, &cause(band.person)));
        }
        let touched = batch.owners();
        change.writes = batch.into_writes(bands);
        store.commit(change).await?;
        self.deps.graphs.changed(&touched);
        Ok(())
    }

    /// The bands that the batch moves ties into.
    async fn crossed_bands(&self, batch: &Batch) -> Result<Vec<PublishedBand>, HandleError> {
        let store = &self.deps.store;
        let ids = batch.affected();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut book = Book::new(batch);
        book.load(&self.deps, ids).await?;
        let today = strength::day_of(self.deps.clock.now());
        let subjects: Vec<PersonId> = book.persons.keys().copied().collect();
        let published: HashMap<PersonId, PublishedBand> = store
            .bands(&subjects)
            .await?
            .into_iter()
            .map(|band| (band.person, band))
            .collect();
        let mut crossed = Vec::new();
        for person in subjects {
            let Some((owner, band)) = book.band(person, today) else {
                continue;
            };
            let before = published.get(&person);
            if before.map_or(Band::Weak, |before| before.band) != band {
                let version = before.map_or(0, |before| before.version) + 1;
                crossed.push(PublishedBand {
                    owner,
                    person,
                    version,
                    band,
                });
            }
        }
        Ok(crossed)
    }

    async fn apply_import(&self, event: &Envelope) -> Result<(), HandleError> {
        let import: ImportChanged = event.open()?;
        let handled = std::slice::from_ref(event);
        let store = &self.deps.store;
        let erased = store.erased(&[import.account_id]).await?;
        let over = import.status != ImportStatus::Applying
            || erased.contains(&import.account_id)
            || store.is_applied(import.import_id).await?;
        if over {
            return Ok(store.commit(ChangeSet::new().handled(handled)).await?);
        }
        let mut parked = 0;
        for kind in [PersonChanged::TYPE, InteractionsChanged::TYPE] {
            let settled = self.inbox.settled(import.import_id.0, kind).await?;
            let published = import.published.get(kind).copied().unwrap_or_default();
            if settled.done + settled.parked < published {
                return Err(HandleError::Defer(IMPORT_WAIT));
            }
            parked += settled.parked;
        }
        let applied = ImportApplied {
            import_id: import.import_id,
            account_id: import.account_id,
            parked,
        };
        let change = ChangeSet::new()
            .handled(handled)
            .write(NetworkWrite::MarkApplied(
                import.import_id,
                import.account_id,
            ))
            .event(&applied, self.deps.clock.now(), &event.as_cause());
        Ok(store.commit(change).await?)
    }
}

impl Batch {
    fn open(&mut self, event: &Envelope) -> Result<(), HandleError> {
        if event.is::<PersonChanged>() {
            let person = person_of(event.open()?);
            keep_newest(&mut self.persons, person.id, person, |p| p.version);
        } else if event.is::<InteractionsChanged>() {
            let e: InteractionsChanged = event.open()?;
            let pair = Interactions {
                owner: e.account_id,
                person: e.person_id,
                other: e.other_id,
                version: e.version,
                buckets: e.buckets,
            };
            let key = (pair.owner, pair.person, pair.other);
            keep_newest(&mut self.pairs, key, pair, |p| p.version);
        } else if event.is::<AccountChanged>() {
            let e: AccountChanged = event.open()?;
            let account = Account {
                id: e.account_id,
                version: e.version,
                display_name: e.display_name,
                verified: Account::verified_of(&e.addresses),
            };
            keep_newest(&mut self.accounts, account.id, account, |a| a.version);
        } else if event.is::<CircleChanged>() {
            let e: CircleChanged = event.open()?;
            let circle = Circle {
                id: e.circle_id,
                version: e.version,
                name: e.name,
                members: e.members,
            };
            keep_newest(&mut self.circles, circle.id, circle, |c| c.version);
        } else if event.is::<ErasureRequested>() {
            self.erased
                .insert(event.open::<ErasureRequested>()?.account_id);
        }
        Ok(())
    }

    /// Every account that something in the batch belongs to.
    fn owners(&self) -> Vec<AccountId> {
        let mut owners: BTreeSet<AccountId> = self.accounts.keys().copied().collect();
        owners.extend(self.persons.values().map(|person| person.owner));
        owners.extend(self.pairs.keys().map(|(owner, ..)| *owner));
        owners.extend(&self.erased);
        owners.into_iter().collect()
    }

    fn leave_out(&mut self, erased: &BTreeSet<AccountId>) {
        self.accounts.retain(|id, _| !erased.contains(id));
        self.persons
            .retain(|_, person| !erased.contains(&person.owner));
        self.pairs.retain(|(owner, ..), _| !erased.contains(owner));
    }

    /// Persons whose tie to the owner may have become another.
    fn affected(&self) -> Vec<PersonId> {
        let mut ids: BTreeSet<PersonId> = self.persons.keys().copied().collect();
        ids.extend(
            self.pairs
                .keys()
                .filter(|(_, _, other)| other.is_none())
                .map(|(_, p, _)| *p),
        );
        ids.into_iter().collect()
    }

    fn into_writes(self, bands: Vec<PublishedBand>) -> Vec<NetworkWrite> {
        let mut writes = Vec::new();
        writes.extend(self.accounts.into_values().map(NetworkWrite::PutAccount));
        writes.extend(self.circles.into_values().map(NetworkWrite::PutCircle));
        writes.extend(self.persons.into_values().map(NetworkWrite::PutPerson));
        writes.extend(self.pairs.into_values().map(NetworkWrite::PutInteractions));
        writes.extend(bands.into_iter().map(NetworkWrite::PutBand));
        // Last, so that it takes along what came in the same batch.
        writes.extend(self.erased.into_iter().map(NetworkWrite::EraseAccount));
        writes
    }
}

/// The owner's ties of the affected persons, as they will be once the batch is committed.
struct Book<'a> {
    batch: &'a Batch,
    persons: BTreeMap<PersonId, Person>,
    /// Old ids, each with the person it is now.
    merged: BTreeMap<PersonId, PersonId>,
    with_owner: HashMap<PersonId, Interactions>,
}

impl<'a> Book<'a> {
    fn new(batch: &'a Batch) -> Self {
        Self {
            batch,
            persons: BTreeMap::new(),
            merged: BTreeMap::new(),
            with_owner: HashMap::new(),
        }
    }

    /// Loads the persons, whom they were merged into, who was merged into them, and their mail.
    async fn load(&mut self, deps: &Deps, ids: Vec<PersonId>) -> Result<(), HandleError> {
        let store = &deps.store;
        let mut wanted = ids;
        // A merge names the survivor, which may have been merged itself.
        for _ in 0..16 {
            let mut survivors = BTreeSet::new();
            for person in store.persons(&wanted).await? {
                // As it was: an unmerge takes mail away from the one it was merged into.
                survivors.extend(merged_into(&person));
                keep_newest(&mut self.persons, person.id, person, |p| p.version);
            }
            for person in wanted.iter().filter_map(|id| self.batch.persons.get(id)) {
                keep_newest(&mut self.persons, person.id, person.clone(), |p| p.version);
            }
            survivors.extend(self.persons.values().filter_map(merged_into));
            survivors.retain(|into| !self.persons.contains_key(into));
            wanted = survivors.into_iter().collect();
            if wanted.is_empty() {
                break;
            }
        }
        let known: Vec<PersonId> = self.persons.keys().copied().collect();
        let old = store.merged_into(&known).await?;
        // Those that the batch unmerges are in `persons` as active and count as such below.
        let old_ids: Vec<PersonId> = old
            .keys()
            .filter(|id| !self.persons.contains_key(id))
            .copied()
            .collect();
        for person in store.persons(&old_ids).await? {
            self.persons.insert(person.id, person);
        }
        for person in self.batch.persons.values() {
            if self.persons.contains_key(&person.id) || merged_into(person).is_some() {
                keep_newest(&mut self.persons, person.id, person.clone(), |p| p.version);
            }
        }
        self.merged = self
            .persons
            .values()
            .filter_map(|person| Some((person.id, merged_into(person)?)))
            .collect();
        let keys: Vec<(AccountId, Pair)> = self
            .persons
            .values()
            .map(|person| (person.owner, (person.id, None)))
            .collect();
        for pair in store.interactions_of(&keys).await? {
            self.with_owner.insert(pair.person, pair);
        }
        for pair in self
            .batch
            .pairs
            .values()
            .filter(|pair| pair.other.is_none())
        {
            let older = self
                .with_owner
                .get(&pair.person)
                .is_none_or(|p| p.version < pair.version);
            if older {
                self.with_owner.insert(pair.person, pair.clone());
            }
        }
        Ok(())
    }

    fn survivor(&self, mut person: PersonId) -> PersonId {
        for _ in 0..64 {
            match self.merged.get(&person) {
                Some(&into) => person = into,
                None => break,
            }
        }
        person
    }

    /// The band of the owner's tie to a known person; weak once it is merged or gone.
    fn band(&self, id: PersonId, today: Date) -> Option<(AccountId, Band)> {
        let person = self.persons.get(&id)?;
        if !person.is_active() {
            return Some((person.owner, Band::Weak));
        }
        let old_ids = self.merged.keys().filter(|old| self.survivor(**old) == id);
        let mut buckets = Vec::new();
        for said_of in old_ids.chain([&id]) {
            if let Some(pair) = self
                .with_owner
                .get(said_of)
                .filter(|p| p.owner == person.owner)
            {
                buckets.extend_from_slice(&pair.buckets);
            }
        }
        let strength = strength::owner_tie(&person.connections, &buckets, today);
        Some((person.owner, Band::of(strength.unwrap_or(0.0))))
    }
}

fn merged_into(person: &Person) -> Option<PersonId> {
    match person.state {
        PersonState::Merged { into } => Some(into),
        PersonState::Active | PersonState::Removed => None,
    }
}

/// The person as it is kept; one that is merged or gone keeps nothing personal.
fn person_of(event: PersonChanged) -> Person {
    let mut person = Person {
        id: event.person_id,
        owner: event.account_id,
        version: event.version,
        state: event.state,
        display_name: event.display_name,
        employments: event.employments,
        keys: event.keys,
        connections: event.connections,
    };
    if !person.is_active() {
        person.display_name.clear();
        person.employments.clear();
        person.keys.clear();
        person.connections.clear();
    }
    person
}

fn keep_newest<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: V, version: impl Fn(&V) -> i64) {
    let older = map
        .get(&key)
        .is_none_or(|known| version(known) < version(&value));
    if older {
        map.insert(key, value);
    }
}
