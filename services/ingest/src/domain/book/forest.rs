//! The decisions that hold, as persons standing under one another: a person stands under the other
//! end of the pair that joined it, and the oldest stands under nobody. Every decision of a person is
//! one step of that tree, so a tree without one of its steps is what remains when it is undone.

use std::collections::{BTreeMap, BTreeSet};

use kith_shared::ids::PersonId;

use super::{Book, Merged, ordered};

/// A decision that holds, between two persons.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) ends: (PersonId, PersonId),
    /// Its words; `into` is set when it takes its place in the tree.
    pub(super) merged: Merged,
}

impl Edge {
    pub(super) fn between(one: PersonId, other: PersonId, merged: Merged) -> Self {
        let ends = ordered(one, other);
        Self { ends, merged }
    }
}

impl Book {
    /// The decisions that hold between these persons.
    pub(super) fn edges_of(&self, persons: &BTreeSet<PersonId>) -> Vec<Edge> {
        let edges = persons.iter().filter_map(|id| {
            let merged = self.persons.get(id)?.merged.clone()?;
            Some(Edge::between(*id, merged.into, merged))
        });
        edges.collect()
    }

    /// Lets exactly these decisions hold among `persons`, which are whole trees and go on to be.
    pub(super) fn set_edges(&mut self, persons: &BTreeSet<PersonId>, edges: &[Edge]) {
        let before: BTreeMap<PersonId, Option<PersonId>> =
            persons.iter().map(|id| (*id, self.root(*id))).collect();
        let mut neighbours: BTreeMap<PersonId, Vec<&Edge>> = BTreeMap::new();
        for edge in edges {
            neighbours.entry(edge.ends.0).or_default().push(edge);
            neighbours.entry(edge.ends.1).or_default().push(edge);
        }
        let mut placed: BTreeSet<PersonId> = BTreeSet::new();
        let mut changed = BTreeSet::new();
        // In the order of their ids: so the oldest of each tree is its root.
        for root in persons {
            if !placed.insert(*root) {
                continue;
            }
            changed.extend(self.stand(*root, None).then_some(*root));
            let mut next = vec![*root];
            while let Some(parent) = next.pop() {
                for edge in neighbours.get(&parent).into_iter().flatten() {
                    let child = if edge.ends.0 == parent {
                        edge.ends.1
                    } else {
                        edge.ends.0
                    };
                    if !placed.insert(child) {
                        continue;
                    }
                    let merged = Merged {
                        into: parent,
                        ..edge.merged.clone()
                    };
                    changed.extend(self.stand(child, Some(merged)).then_some(child));
                    next.push(child);
                }
            }
        }
        for id in persons {
            let (was, is) = (before[id], self.root(*id));
            if was == is && !changed.contains(id) {
                continue;
            }
            self.changes.touched.insert(*id);
            // Who holds for them says who they are.
            self.changes.touched.extend(was.into_iter().chain(is));
            if was != is {
                self.changes.regrouped.insert(*id);
                self.changes.regrouped.extend(was.into_iter().chain(is));
            }
        }
    }

    /// Whether that is a change.
    fn stand(&mut self, id: PersonId, merged: Option<Merged>) -> bool {
        let Some(person) = self.persons.get_mut(&id) else {
            return false;
        };
        if person.merged == merged {
            return false;
        }
        let (left, to) = (
            person.merged.as_ref().map(|it| it.into),
            merged.as_ref().map(|it| it.into),
        );
        person.merged = merged;
        if let Some(children) = left.and_then(|left| self.children.get_mut(&left)) {
            children.remove(&id);
        }
        if let Some(to) = to {
            self.children.entry(to).or_default().insert(id);
        }
        true
    }
}
