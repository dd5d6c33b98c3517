//! The records of a book and the keys by which they are found.

use std::collections::{BTreeMap, BTreeSet};

use kith_shared::ids::{ImportId, PersonId, RecordId};

use super::Book;
use crate::domain::{key::Key, record::Record};

impl Book {
    /// A record of this part of the book.
    #[must_use]
    pub fn record(&self, id: RecordId) -> Option<&Record> {
        self.records.values().flatten().find(|it| it.id == id)
    }

    /// Records with one of these keys, and nothing about whether they hold.
    pub fn records_with<'b>(&'b self, keys: &'b [Key]) -> impl Iterator<Item = &'b Record> {
        let homes = keys.iter().filter_map(|key| self.keys.get(key));
        let homes: BTreeSet<PersonId> = homes.flat_map(BTreeMap::values).copied().collect();
        let records = homes.into_iter().filter_map(|home| self.records.get(&home));
        records.flatten()
    }

    /// Keys of everybody who is loaded, by which others may be found.
    pub fn all_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.keys()
    }

    /// An import brought this record as it is: no other entry of the same file is it too.
    pub fn see(&mut self, id: RecordId, import: ImportId) {
        let mut records = self.records.values_mut().flatten();
        if let Some(record) = records.find(|it| it.id == id) {
            record.seen = Some(import);
        }
        if self.changes.added.iter().all(|(added, _)| added.id != id) {
            self.changes.seen.push(id);
        }
    }

    /// Makes the keys of the current records of these persons again; whose keys became others. Where
    /// only more can be made than an earlier version did (`only_more`), those of before stay.
    pub fn rekey(
        &mut self,
        persons: &[PersonId],
        region: Option<&str>,
        only_more: bool,
    ) -> Vec<PersonId> {
        let mut changed = Vec::new();
        for person in persons {
            let records = self.records.get(person).into_iter().flatten();
            let rekeyed: Vec<Record> = records
                .filter(|record| record.is_current())
                .filter_map(|record| {
                    let mut keys = record.keys_again(region)?;
                    if only_more {
                        keys.extend(record.keys.iter().cloned());
                        keys.sort();
                        keys.dedup();
                    }
                    (keys != record.keys).then(|| Record {
                        keys,
                        ..record.clone()
                    })
                })
                .collect();
            for record in rekeyed {
                self.take_keys(record);
                changed.push(*person);
            }
        }
        changed
    }

    fn take_keys(&mut self, record: Record) {
        let home = record.home;
        let root = self.root(home);
        let Some(known) = self.records.get_mut(&home) else {
            return;
        };
        let Some(before) = known.iter_mut().find(|it| it.id == record.id) else {
            return;
        };
        let told = |keys: &[Key]| keys.iter().filter_map(Key::strong).collect::<Vec<_>>();
        if told(&before.keys) != told(&record.keys) {
            // Whoever holds for them publishes the keys of all.
            self.changes.touched.extend(root);
        }
        for key in &before.keys {
            if let Some(holders) = self.keys.get_mut(key) {
                holders.remove(&record.id);
            }
        }
        before.keys.clone_from(&record.keys);
        for key in &record.keys {
            self.keys
                .entry(key.clone())
                .or_default()
                .insert(record.id, home);
        }
        self.changes.rekeyed.push(record);
    }

    pub(super) fn move_record(&mut self, id: RecordId, to: PersonId) {
        let found = self.records.values_mut().find_map(|records| {
            let at = records.iter().position(|it| it.id == id)?;
            Some(records.remove(at))
        });
        let Some(mut record) = found else { return };
        record.home = to;
        self.changes.moved.push((id, to));
        self.index(record);
    }
}
