//! What a decision hangs on: the persons that it looked at, to be compared at the commit.

use std::collections::{BTreeMap, BTreeSet};

use kith_shared::ids::{AccountId, PersonId};

use crate::ports::{Standing, Write};

/// Persons of each book, known ones and those that were looked for in vain.
#[derive(Default)]
pub(super) struct Basis(BTreeMap<AccountId, BTreeSet<PersonId>>);

impl Basis {
    pub(super) fn add(&mut self, owner: AccountId, person: PersonId) {
        self.0.entry(owner).or_default().insert(person);
    }

    /// What makes the commit a conflict if another replica changed any of it since `standings`.
    pub(super) fn into_writes(self, standings: &BTreeMap<AccountId, Standing>) -> Vec<Write> {
        let expect = |(owner, persons): (AccountId, BTreeSet<PersonId>)| {
            let standing = standings.get(&owner).copied().unwrap_or_default();
            Write::ExpectEvidence {
                owner,
                since: standing.changes,
                persons: persons.into_iter().collect(),
            }
        };
        self.0.into_iter().map(expect).collect()
    }
}
