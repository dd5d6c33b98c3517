//! A batch of events, put together by subject.

use std::collections::{BTreeMap, BTreeSet};

use kith_shared::{
    events::ingest::{InteractionsChanged, PersonState},
    ids::{AccountId, CircleId, PersonId},
    open::{OpenCircle, OpenPerson},
};

use super::Incoming;
use crate::{
    domain::records::{Account, Interactions, Person},
    ports::{PublishedBand, Write},
};

/// Of each subject the highest version.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) circles: BTreeMap<CircleId, OpenCircle>,
    pub(super) persons: BTreeMap<PersonId, Person>,
    pub(super) pairs: BTreeMap<(AccountId, PersonId, Option<PersonId>), Interactions>,
    pub(super) erased: BTreeSet<AccountId>,
}

impl Batch {
    pub(super) fn add(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Person(event) => {
                let person = person_of(event);
                keep_newest(&mut self.persons, person.id, person, |p| p.version);
            }
            Incoming::Interactions(event) => {
                let event = InteractionsChanged::from(event);
                let pair = Interactions {
                    owner: event.account_id,
                    person: event.person_id,
                    other: event.other_id,
                    version: event.version,
                    buckets: event.buckets,
                };
                let key = (pair.owner, pair.person, pair.other);
                keep_newest(&mut self.pairs, key, pair, |p| p.version);
            }
            Incoming::Account(event) => {
                let account = Account {
                    id: event.account_id,
                    version: event.version,
                    display_name: event.display_name,
                    verified: Account::verified_of(&event.addresses),
                };
                keep_newest(&mut self.accounts, account.id, account, |a| a.version);
            }
            Incoming::Circle(circle) => {
                keep_newest(&mut self.circles, circle.circle_id, circle, |c| c.version);
            }
            Incoming::Erased(account) => {
                self.erased.insert(account);
            }
            // It changes no state.
            Incoming::Import(_) => {}
        }
    }

    /// Every account that something in the batch belongs to.
    pub(super) fn owners(&self) -> Vec<AccountId> {
        let mut owners: BTreeSet<AccountId> = self.accounts.keys().copied().collect();
        owners.extend(self.persons.values().map(|person| person.owner));
        owners.extend(self.pairs.keys().map(|(owner, ..)| *owner));
        owners.extend(&self.erased);
        owners.into_iter().collect()
    }

    pub(super) fn leave_out(&mut self, erased: &BTreeSet<AccountId>) {
        self.accounts.retain(|id, _| !erased.contains(id));
        self.persons
            .retain(|_, person| !erased.contains(&person.owner));
        self.pairs.retain(|(owner, ..), _| !erased.contains(owner));
    }

    /// Persons whose tie to the owner may have become another, each with the owner.
    pub(super) fn affected(&self) -> BTreeMap<PersonId, AccountId> {
        let persons = self
            .persons
            .values()
            .map(|person| (person.id, person.owner));
        let pairs = self.pairs.keys().filter(|(_, _, other)| other.is_none());
        persons
            .chain(pairs.map(|(owner, person, _)| (*person, *owner)))
            .collect()
    }

    pub(super) fn into_writes(
        self,
        bands: Vec<PublishedBand>,
        annotations: Vec<Write>,
    ) -> Vec<Write> {
        let mut writes = Vec::new();
        writes.extend(self.accounts.into_values().map(Write::PutAccount));
        writes.extend(self.circles.into_values().map(Write::PutCircle));
        writes.extend(self.persons.into_values().map(Write::PutPerson));
        writes.extend(self.pairs.into_values().map(Write::PutInteractions));
        writes.extend(bands.into_iter().map(Write::PutBand));
        writes.extend(annotations);
        // Last, so that it takes along what came in the same batch.
        writes.extend(self.erased.into_iter().map(Write::EraseAccount));
        writes
    }
}

/// The person as it is kept; one that is merged or gone keeps nothing personal.
fn person_of(event: OpenPerson) -> Person {
    let mut person = Person {
        id: event.person_id,
        owner: event.account_id,
        version: event.version,
        // In a state of a later version it is not shown, and comes back with the next one.
        state: event.state.known().unwrap_or(PersonState::Removed),
        display_name: event.display_name,
        employments: event.employments,
        keys: event.keys,
        connections: event.connections,
        aliases: event.aliases,
    };
    if !person.is_active() {
        person.display_name.clear();
        person.employments.clear();
        person.keys.clear();
        person.connections.clear();
        person.aliases.clear();
    }
    person
}

/// Keeps the value with the higher version.
pub(super) fn keep_newest<K: Ord, V>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: V,
    version: impl Fn(&V) -> i64,
) {
    let older = map
        .get(&key)
        .is_none_or(|known| version(known) < version(&value));
    if older {
        map.insert(key, value);
    }
}
