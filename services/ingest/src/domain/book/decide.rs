//! Decides anew who is one of those whom a change touches: the strongest evidence first, never
//! across what the owner held to be different, and never where anything that the two sides say
//! contradicts. What the owner decided stands before everything that is weighed.
//!
//! All who may be one with those that were changed are decided on together, as if they had come in
//! one moment: so the order in which records arrive does not matter.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use jiff::Timestamp;
use kith_shared::ids::PersonId;
use uuid::Uuid;

use super::{Book, DecidedBy, Merged, forest::Edge, ordered};
use crate::domain::{
    key::Key,
    resolution::{Facts, Verdict, Weighed, weigh},
};

/// A value that more records carry is nobody's: an office, a mailing list. Nobody is found by it.
const WIDE: usize = 40;
/// As many persons are decided on together; more are a sign of something shared.
const TOGETHER: usize = 64;

/// What is asked of a book again and again while it is decided on.
struct Table<'a> {
    book: &'a Book,
    facts: HashMap<PersonId, Rc<[Facts]>>,
    shared: HashMap<Key, bool>,
    pairs: HashMap<(PersonId, PersonId), Weighed>,
}

impl Book {
    /// Decides anew on everybody whom a change of `start` may touch.
    pub fn decide(&mut self, start: PersonId, at: Timestamp, new_id: &mut dyn FnMut() -> Uuid) {
        let mut table = Table {
            book: self,
            facts: HashMap::new(),
            shared: HashMap::new(),
            pairs: HashMap::new(),
        };
        let persons = table.touched_by(start);
        if persons.len() < 2 {
            return;
        }
        let held = self.edges_of(&persons);
        let edges = table.decided(&persons, held, at, new_id);
        self.set_edges(&persons, &edges);
    }
}

impl Table<'_> {
    /// `start` with all who are one with it, all with a key of it, and all who may be one with any of
    /// those, directly or through others.
    fn touched_by(&mut self, start: PersonId) -> BTreeSet<PersonId> {
        let mut touched = BTreeSet::new();
        // Whoever has a key of it is decided on too: one more carries the value, or the name.
        let mut next: Vec<PersonId> = self.found_by(start).into_iter().collect();
        next.extend(self.one_with(start));
        while let Some(person) = next.pop() {
            if touched.len() >= TOGETHER || !touched.insert(person) {
                continue;
            }
            for other in self.found_by(person) {
                let may_be = !touched.contains(&other)
                    && self.pair(person, other).verdict() != Verdict::Apart;
                if may_be {
                    next.extend(self.one_with(other));
                }
            }
        }
        // Whole trees, or a decision would lose its other end.
        let whole: Vec<PersonId> = touched.iter().flat_map(|id| self.one_with(*id)).collect();
        touched.extend(whole);
        touched
    }

    fn one_with(&self, person: PersonId) -> Vec<PersonId> {
        let root = self.book.root(person).unwrap_or(person);
        self.book.members(root).into_iter().collect()
    }

    /// Others with a key of a person.
    fn found_by(&self, person: PersonId) -> BTreeSet<PersonId> {
        let records = self.book.records.get(&person).into_iter().flatten();
        let keys = records.filter(|it| it.is_current()).flat_map(|it| &it.keys);
        let homes = keys.filter_map(|key| self.book.keys.get(key));
        let narrow = homes.filter(|homes| homes.len() <= WIDE);
        let mut found: BTreeSet<PersonId> = narrow.flat_map(BTreeMap::values).copied().collect();
        found.remove(&person);
        found
    }

    fn decided(
        &mut self,
        persons: &BTreeSet<PersonId>,
        held: Vec<Edge>,
        at: Timestamp,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Vec<Edge> {
        let mut groups = Groups::of(persons);
        for edge in held.iter().filter(|it| it.merged.by != DecidedBy::Rule) {
            groups.unite(edge.ends.0, edge.ends.1);
        }
        let mut sure = self.sure_pairs(persons);
        // What is equally strong is taken in the order of what is said, not of who came first.
        sure.sort_by(|one, two| {
            two.bits
                .cmp(&one.bits)
                .then_with(|| one.said.cmp(&two.said))
        });
        let mut taken = Vec::new();
        for pair in sure {
            if groups.are_one(pair.ends.0, pair.ends.1) {
                taken.push(pair);
            } else if self.may_unite(&groups, pair.ends) {
                groups.unite(pair.ends.0, pair.ends.1);
                taken.push(pair);
            }
        }
        // Of the pairs that hold, as many as make a tree: those that held before come first, so that a
        // decision keeps its name.
        let mut tree = Groups::of(persons);
        let mut edges = Vec::new();
        let still = |edge: &Edge| {
            edge.merged.by != DecidedBy::Rule || taken.iter().any(|it| it.ends == edge.ends)
        };
        for edge in held.into_iter().filter(still) {
            if tree.unite(edge.ends.0, edge.ends.1) {
                edges.push(edge);
            }
        }
        for pair in taken {
            if tree.unite(pair.ends.0, pair.ends.1) {
                let merged = Merged {
                    into: pair.ends.0,
                    merge_id: new_id(),
                    reason: reason(&self.pair(pair.ends.0, pair.ends.1)),
                    at,
                    by: DecidedBy::Rule,
                    bits: Some(pair.bits),
                };
                edges.push(Edge::between(pair.ends.0, pair.ends.1, merged));
            }
        }
        edges
    }

    fn sure_pairs(&mut self, persons: &BTreeSet<PersonId>) -> Vec<Pair> {
        let mut sure = Vec::new();
        for person in persons {
            for other in self.found_by(*person) {
                if other <= *person || !persons.contains(&other) {
                    continue;
                }
                let weighed = self.pair(*person, other);
                if weighed.verdict() == Verdict::Same && !weighed.contradicts {
                    let (one, two) = (self.said_by(*person), self.said_by(other));
                    sure.push(Pair {
                        ends: (*person, other),
                        bits: weighed.bits,
                        said: ordered(one, two),
                    });
                }
            }
        }
        sure
    }

    /// Whether nothing between the two sides speaks against it.
    fn may_unite(&mut self, groups: &Groups, ends: (PersonId, PersonId)) -> bool {
        let (ours, theirs) = (groups.with(ends.0), groups.with(ends.1));
        for one in &ours {
            for two in &theirs {
                let pair = ordered(*one, *two);
                if self.book.different.contains(&pair) || self.pair(*one, *two).contradicts {
                    return false;
                }
            }
        }
        true
    }

    /// What two persons come to by the records of each that are most alike.
    fn pair(&mut self, one: PersonId, two: PersonId) -> Weighed {
        let ends = ordered(one, two);
        if let Some(known) = self.pairs.get(&ends) {
            return known.clone();
        }
        let (ours, theirs) = (self.facts(ends.0), self.facts(ends.1));
        let mut shared: HashMap<Key, bool> = HashMap::new();
        for carried in ours.iter().flat_map(|it| &it.carried) {
            let common = theirs
                .iter()
                .any(|it| it.carried.iter().any(|it| it.key == carried.key));
            if common {
                shared.insert(carried.key.clone(), self.is_shared(&carried.key));
            }
        }
        let is_shared = |key: &Key| shared.get(key).copied().unwrap_or_default();
        let namesakes = self.namesakes(ends.0).max(self.namesakes(ends.1));
        let pairs = ours
            .iter()
            .flat_map(|one| theirs.iter().map(move |two| (one, two)));
        let weighed = pairs.map(|(one, two)| weigh(one, two, &is_shared, namesakes));
        let best = weighed.max_by_key(|it| it.bits);
        let best = best.unwrap_or(Weighed {
            bits: i32::MIN / 2,
            ..Weighed::default()
        });
        self.pairs.insert(ends, best.clone());
        best
    }

    fn facts(&mut self, person: PersonId) -> Rc<[Facts]> {
        let book = self.book;
        let facts = self.facts.entry(person).or_insert_with(|| {
            let edit = book.edit_of(person);
            let records = book.records.get(&person).into_iter().flatten();
            let current = records.filter(|it| it.is_current());
            current.map(|it| Facts::of(it, edit)).collect()
        });
        facts.clone()
    }

    /// Whether people of different names carry a value.
    fn is_shared(&mut self, key: &Key) -> bool {
        if let Some(known) = self.shared.get(key) {
            return *known;
        }
        let book = self.book;
        let homes: BTreeSet<PersonId> = book
            .keys
            .get(key)
            .into_iter()
            .flat_map(BTreeMap::values)
            .copied()
            .collect();
        let is_wide = homes.len() > WIDE || book.wide.contains_key(key);
        let shared = is_wide || {
            let mut names = Vec::new();
            for home in homes {
                let carries = |facts: &&Facts| facts.carried.iter().any(|it| it.key == *key);
                let facts = self.facts(home);
                let carrying = facts.iter().filter(carries);
                names.extend(carrying.flat_map(|it| it.names.iter().cloned()));
            }
            let strangers = |at: usize| {
                names[..at]
                    .iter()
                    .any(|other| names[at].compare(other).is_anothers())
            };
            (1..names.len()).any(strangers)
        };
        self.shared.insert(key.clone(), shared);
        shared
    }

    /// How many records have the name of a person.
    fn namesakes(&self, person: PersonId) -> usize {
        let records = self.book.records.get(&person).into_iter().flatten();
        let names = records.flat_map(|it| &it.keys).filter(|key| key.is_name());
        let counts = names.map(|key| {
            let loaded = self.book.keys.get(key).map_or(1, BTreeMap::len);
            loaded.max(self.book.wide.get(key).copied().unwrap_or(1))
        });
        counts.max().unwrap_or(1)
    }

    /// What a person says, to put equals in an order that does not depend on who came first.
    fn said_by(&mut self, person: PersonId) -> String {
        let facts = self.facts(person);
        let mut said: Vec<String> = facts.iter().map(|facts| format!("{facts:?}")).collect();
        said.sort();
        said.join("\n")
    }
}

/// A pair that is one human by what it says.
struct Pair {
    ends: (PersonId, PersonId),
    bits: i32,
    said: (String, String),
}

/// What spoke for it, and what did not.
pub(super) fn reason(weighed: &Weighed) -> String {
    let mut reason = weighed.speaks_for.join(", ");
    if !weighed.against.is_empty() {
        reason.push_str(", though ");
        reason.push_str(&weighed.against.join(", "));
    }
    reason
}

/// Who is one with whom, while that is being decided.
struct Groups {
    group: BTreeMap<PersonId, PersonId>,
}

impl Groups {
    fn of(persons: &BTreeSet<PersonId>) -> Self {
        Self {
            group: persons.iter().map(|id| (*id, *id)).collect(),
        }
    }

    fn are_one(&self, one: PersonId, two: PersonId) -> bool {
        self.group.get(&one) == self.group.get(&two)
    }

    /// True unless they were one.
    fn unite(&mut self, one: PersonId, two: PersonId) -> bool {
        let (Some(one), Some(two)) = (self.group.get(&one).copied(), self.group.get(&two).copied())
        else {
            return false;
        };
        if one == two {
            return false;
        }
        for group in self.group.values_mut().filter(|it| **it == two) {
            *group = one;
        }
        true
    }

    fn with(&self, person: PersonId) -> Vec<PersonId> {
        let group = self.group.get(&person);
        let members = self.group.iter().filter(|(_, it)| Some(*it) == group);
        members.map(|(id, _)| *id).collect()
    }
}
