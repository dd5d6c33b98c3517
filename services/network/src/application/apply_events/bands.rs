//! Into which bands a batch moves the ties of owners to the persons of their books.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use kith_shared::{
    events::network::Band,
    ids::{AccountId, PersonId},
};
use skeleton_durable::commit::CommitError;

use super::{
    super::merges::{MERGES_LIMIT, follow},
    basis::Basis,
    batch::{Batch, keep_newest},
};
use crate::{
    domain::{
        records::{Interactions, Person},
        strength,
    },
    ports::{Pair, Store},
};

/// The owner's ties of the affected persons, as they will be once the batch is committed.
pub(super) struct Book<'a> {
    batch: &'a Batch,
    /// All that the batch may concern.
    pub(super) persons: BTreeMap<PersonId, Person>,
    /// Old ids, each with the person it is now.
    merged: BTreeMap<PersonId, PersonId>,
    with_owner: HashMap<PersonId, Interactions>,
}

impl<'a> Book<'a> {
    pub(super) fn new(batch: &'a Batch) -> Self {
        Self {
            batch,
            persons: BTreeMap::new(),
            merged: BTreeMap::new(),
            with_owner: HashMap::new(),
        }
    }

    /// Loads the persons, whom they were merged into, who was merged into them, and their mail.
    pub(super) async fn load(
        &mut self,
        store: &dyn Store,
        affected: BTreeMap<PersonId, AccountId>,
        basis: &mut Basis,
    ) -> Result<(), CommitError> {
        let mut asked = affected.clone();
        let mut wanted: Vec<PersonId> = affected.into_keys().collect();
        // A merge names the survivor, which may have been merged itself.
        for _ in 0..MERGES_LIMIT {
            let mut survivors = BTreeMap::new();
            for person in store.persons(&wanted).await? {
                // As it was: an unmerge takes mail away from the one it was merged into.
                survivors.extend(person.merged_into().map(|into| (into, person.owner)));
                keep_newest(&mut self.persons, person.id, person, |p| p.version);
            }
            for person in wanted.iter().filter_map(|id| self.batch.persons.get(id)) {
                survivors.extend(person.merged_into().map(|into| (into, person.owner)));
                keep_newest(&mut self.persons, person.id, person.clone(), |p| p.version);
            }
            survivors.retain(|into, _| !asked.contains_key(into));
            wanted = survivors.keys().copied().collect();
            asked.append(&mut survivors);
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
            if self.persons.contains_key(&person.id) || person.merged_into().is_some() {
                keep_newest(&mut self.persons, person.id, person.clone(), |p| p.version);
            }
        }
        for (person, owner) in asked {
            basis.add(owner, person);
        }
        for person in self.persons.values() {
            basis.add(person.owner, person.id);
        }
        self.merged = self
            .persons
            .values()
            .filter_map(|person| Some((person.id, person.merged_into()?)))
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

    /// The band of the owner's tie to a known person; weak once it is merged or gone.
    pub(super) fn band(&self, id: PersonId, today: Date) -> Option<(AccountId, Band)> {
        let person = self.persons.get(&id)?;
        if !person.is_active() {
            return Some((person.owner, Band::Weak));
        }
        let survivor = |old: PersonId| follow(old, |old| self.merged.get(&old).copied());
        let old_ids = self.merged.keys().filter(|old| survivor(**old) == id);
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
