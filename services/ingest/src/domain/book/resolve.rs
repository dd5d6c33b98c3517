//! What happens to a book: a record arrives or takes the place of an older one, the owner says what
//! holds, joins two, takes apart what is not one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kith_shared::ids::{PersonId, RecordId};
use uuid::Uuid;

use super::{Admitted, BY_YOU, Book, BookError, DecidedBy, Joined, Merged, forest::Edge, ordered};
use crate::domain::record::{Arrival, Record, Source};

impl Book {
    /// Takes a record in, as a person of its own, and decides whether it is one with others.
    /// `new_id` gives ids.
    pub fn admit(
        &mut self,
        arrival: Arrival,
        at: Timestamp,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Admitted {
        let source = arrival.source.clone();
        let home = self.create(PersonId(new_id()), at);
        let record = RecordId(new_id());
        self.put(home, arrival, record);
        self.decide(home, at, new_id);
        Admitted {
            record,
            home,
            person: self.root(home).unwrap_or(home),
            joined: self.joined(home, &source),
        }
    }

    /// Whom a new person was joined to, by the strongest of the decisions on it.
    fn joined(&self, home: PersonId, source: &Source) -> Option<Joined> {
        let root = self.root(home)?;
        let members: BTreeSet<PersonId> = self.members(root);
        let edges = self.edges_of(&members).into_iter();
        let of_it = edges.filter(|it| it.ends.0 == home || it.ends.1 == home);
        let strongest = of_it.max_by_key(|it| it.merged.bits)?;
        let (one, two) = strongest.ends;
        let other = if one == home { two } else { one };
        let mut of_others = self.records_of(root).filter(|record| record.home != home);
        Some(Joined {
            name: self.own_name(other),
            reason: strongest.merged.reason,
            known_to_source: of_others.any(|record| record.source == *source),
        })
    }

    /// Takes a record in for one that its source no longer says: the older one is former from now on.
    pub fn revise(
        &mut self,
        older: RecordId,
        arrival: Arrival,
        at: Timestamp,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Option<Admitted> {
        let home = self.end(older, at)?;
        let record = RecordId(new_id());
        self.put(home, arrival, record);
        self.decide(home, at, new_id);
        Some(Admitted {
            person: self.root(home)?,
            record,
            home,
            joined: None,
        })
    }

    /// Keeps a record that is older than `newer`, which its source says by now: it is former already.
    pub fn keep_former(
        &mut self,
        newer: RecordId,
        arrival: Arrival,
        at: Timestamp,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Option<Admitted> {
        let home = self.record(newer)?.home;
        let record = RecordId(new_id());
        self.put(home, arrival, record);
        self.end(record, at);
        Some(Admitted {
            person: self.root(home)?,
            record,
            home,
            joined: None,
        })
    }

    fn end(&mut self, id: RecordId, at: Timestamp) -> Option<PersonId> {
        let records = self.records.values_mut().flatten();
        let record = records.into_iter().find(|record| record.id == id)?;
        record.until = Some(at);
        let home = record.home;
        if let Some((added, _)) = self.changes.added.iter_mut().find(|(it, _)| it.id == id) {
            added.until = Some(at);
        } else {
            self.changes.ended.push((id, at));
        }
        self.changes.touched.extend(self.root(home));
        Some(home)
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
        let records = self.records.entry(root).or_default();
        let edits = records.iter().filter(|it| it.edit().is_some());
        let before: Vec<RecordId> = edits.map(|it| it.id).collect();
        records.retain(|record| record.edit().is_none());
        for holders in self.keys.values_mut() {
            holders.retain(|record, _| !before.contains(record));
        }
        self.changes.removed.extend(before);
        self.put(root, arrival, RecordId(new_id()));
        self.changes.regrouped.insert(root);
        self.decide(root, at, new_id);
        self.root(root).ok_or(BookError::NoSuchPerson)
    }

    /// Makes two persons one because the owner says so, whatever was held of them before; the oldest
    /// id stays.
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
        let (ours, theirs) = (self.members(one), self.members(other));
        let across = |(a, b): &(PersonId, PersonId)| {
            (ours.contains(a) && theirs.contains(b)) || (ours.contains(b) && theirs.contains(a))
        };
        let apart: Vec<(PersonId, PersonId)> =
            self.different.iter().copied().filter(across).collect();
        for pair in apart {
            self.different.remove(&pair);
            self.changes.same_after_all.push(pair);
        }
        let both = ours.union(&theirs).copied().collect();
        let mut edges = self.edges_of(&both);
        let merged = Merged {
            into: one,
            merge_id,
            reason: BY_YOU.to_owned(),
            at,
            by: DecidedBy::You,
            bits: None,
        };
        edges.push(Edge::between(one, other, merged));
        self.set_edges(&both, &edges);
        self.root(one).ok_or(BookError::NoSuchPerson)
    }

    /// Undoes one decision on `person`: what only it held together comes apart exactly as all other
    /// decisions have it, and the two ends are remembered as different.
    ///
    /// # Errors
    /// When there is no such person or decision.
    pub fn unmerge(&mut self, person: PersonId, merge_id: Uuid) -> Result<PersonId, BookError> {
        let root = self.root(person).ok_or(BookError::NoSuchPerson)?;
        let members = self.members(root);
        let (undone, kept): (Vec<Edge>, Vec<Edge>) = self
            .edges_of(&members)
            .into_iter()
            .partition(|it| it.merged.merge_id == merge_id);
        let undone = undone.first().ok_or(BookError::NoSuchMerge)?.ends;
        self.set_edges(&members, &kept);
        // They are two persons: nobody of the one side joins anybody of the other by rule.
        let side = |of| {
            self.root(of)
                .map(|root| self.members(root))
                .unwrap_or_default()
        };
        let (ours, theirs) = (side(undone.0), side(undone.1));
        for one in ours {
            for two in &theirs {
                self.hold_different((one, *two));
            }
        }
        Ok(root)
    }

    /// Takes one record out of a person: it is a person of its own again, different from all those
    /// with whom a decision held it together. What is left is decided on anew.
    ///
    /// # Errors
    /// When there is no such person or record, or it is all there is of the person.
    pub fn take_out(
        &mut self,
        person: PersonId,
        record: RecordId,
        at: Timestamp,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Result<PersonId, BookError> {
        let root = self.root(person).ok_or(BookError::NoSuchPerson)?;
        let members = self.members(root);
        let home = self.record(record).ok_or(BookError::NoSuchRecord)?.home;
        if !members.contains(&home) {
            return Err(BookError::NoSuchRecord);
        }
        let is_alone = |of: &PersonId| {
            let records = self.records.get(of).into_iter().flatten();
            // What the owner says of it goes with it.
            let mut others = records.filter(|it| it.id != record && it.edit().is_none());
            !others.any(Record::is_current)
        };
        if is_alone(&home) {
            if members.len() == 1 {
                return Err(BookError::OnlyRecord);
            }
            let mut kept = self.edges_of(&members);
            kept.retain(|it| it.ends.0 != home && it.ends.1 != home);
            self.set_edges(&members, &kept);
            let rest: Vec<PersonId> = members.into_iter().filter(|it| *it != home).collect();
            for other in &rest {
                self.hold_different((home, *other));
            }
            for other in rest {
                self.decide(other, at, new_id);
            }
            return Ok(home);
        }
        // A version before this one let several records be one person from the beginning.
        let alone = self.create(PersonId(new_id()), at);
        self.move_record(record, alone);
        for member in members {
            self.hold_different((member, alone));
        }
        self.changes.touched.insert(root);
        self.changes.regrouped.extend([root, alone]);
        Ok(alone)
    }

    fn hold_different(&mut self, (one, two): (PersonId, PersonId)) {
        let pair = ordered(one, two);
        if self.different.insert(pair) {
            self.changes.different.push(pair);
        }
    }
}
