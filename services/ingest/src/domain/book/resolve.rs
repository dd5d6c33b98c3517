//! The decisions: to whom a record comes, who become one person, who are parted again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kith_shared::ids::{PersonId, RecordId};
use uuid::Uuid;

use super::{Admitted, Book, BookError, Merged};
use crate::domain::{key::Key, record::Arrival};

impl Book {
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
            .is_some_and(|root| self.has_source(root, &arrival.source));
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
            .filter(|it| it.edit().is_some())
            .map(|it| it.id)
            .collect();
        records.retain(|record| record.edit().is_none());
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

fn ordered(a: PersonId, b: PersonId) -> (PersonId, PersonId) {
    if a < b { (a, b) } else { (b, a) }
}

fn reason(key: &Key) -> String {
    let what = match key.0.split(':').next() {
        Some("email") => "same e-mail address",
        Some("phone") => "same telephone number",
        Some("profile") => "same profile",
        Some("uid") => return "same card identifier".to_owned(),
        // A kind of key that a later version knows: it merges as every key does.
        _ => "same key",
    };
    format!("{what} {}", key.shown())
}
