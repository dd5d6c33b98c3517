//! Cost-to-go: the least cost from nodes to the nearest target, for each number of steps left.
//!
//! A label-setting search from the targets over (node, steps). Rows are expanded lazily: each
//! settled label holds one cursor in the heap, at its next useful tie. It can stop anywhere and go
//! on later; [`Backward::floor`] bounds everything not settled yet.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::entry::Entry;
use crate::query::MAX_STEPS;
use crate::scratch::NodeSet;
use crate::view::View;

/// No label.
const UNSET: u32 = u32::MAX;
/// The position of a cursor whose row has not been looked at; its key is the least possible.
const UNOPENED: u32 = u32::MAX;
/// What fetching a row counts for, in entries read.
const OPENING_WORK: u64 = 24;
/// Low bits of a key that hold steps; the cost is above.
pub(crate) const STEP_BITS: u32 = 3;

/// Orders by cost, then by steps. Costs stay below 2^20, steps below 8.
#[inline]
pub(crate) fn key_of(cost: u32, steps: u32) -> u32 {
    cost << STEP_BITS | steps
}

/// Where this search must not go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avoid<'a> {
    /// Never labelled: the asker, or the part of a path that is settled.
    pub(crate) barrier: &'a [u32],
    /// Labelled but not expanded, and the end of the search.
    pub(crate) goal: Option<u32>,
    /// The goal is not reached from these.
    pub(crate) banned: &'a [u32],
}

/// Least costs to go from one node.
#[derive(Clone, Copy, Debug)]
struct Label {
    /// `to_go[r]`: within `r` steps.
    to_go: [u32; MAX_STEPS],
}

/// The next useful tie of a settled label. The order of the fields is that of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cursor {
    /// Cost and steps of what the tie leads to.
    key: u32,
    from: u32,
    position: u32,
    /// Cost at `from`.
    base: u32,
}

/// The search and its labels.
#[derive(Debug, Default)]
pub(crate) struct Backward {
    /// Per labelled node its place in `labels`; of others, what was left there.
    slots: Vec<u32>,
    labels: Vec<Label>,
    labelled: NodeSet,
    cursors: BinaryHeap<Reverse<Cursor>>,
    penalty: u32,
    depth: u32,
    /// Row entries read and labels settled since the start.
    pub(crate) work: u64,
}

impl Backward {
    /// Forgets everything and begins at `targets`; labels get at most `depth` steps.
    pub(crate) fn start(&mut self, view: &View<'_>, targets: &[u32], penalty: u32, depth: usize) {
        if self.slots.len() < view.node_count() {
            self.slots.resize(view.node_count(), 0);
        }
        self.labels.clear();
        self.labelled.reset(view.node_count() as u32);
        self.cursors.clear();
        (self.penalty, self.depth, self.work) = (penalty, depth as u32, 0);
        for &target in targets {
            self.settle(target, 0, 0);
        }
    }

    /// No label that is still missing will cost less than this; `None` when none is missing.
    #[inline]
    pub(crate) fn floor(&self) -> Option<u32> {
        self.cursors.peek().map(|cursor| cursor.0.key >> STEP_BITS)
    }

    /// The least cost to a target in at most `steps` steps, and the fewest steps at that cost.
    #[inline]
    pub(crate) fn to_go(&self, node: u32, steps: u32) -> Option<(u32, u32)> {
        let label = self.label(node)?;
        let cost = label.to_go[steps as usize];
        if cost == UNSET {
            return None;
        }
        let fewest = label.to_go.iter().position(|&other| other == cost);
        fewest.map(|fewest| (cost, fewest as u32))
    }

    /// Takes the next cursor; the cost and steps of the goal when that is what it reached.
    pub(crate) fn advance(&mut self, view: &View<'_>, avoid: Avoid<'_>) -> Option<(u32, u32)> {
        let Reverse(cursor) = self.cursors.pop()?;
        let (cost, steps) = (cursor.key >> STEP_BITS, cursor.key & ((1 << STEP_BITS) - 1));
        if cursor.position == UNOPENED {
            self.work += OPENING_WORK;
            self.push_cursor(
                view,
                avoid,
                Cursor {
                    position: 0,
                    ..cursor
                },
                steps,
            );
            return None;
        }
        let node = view.row(cursor.from)[cursor.position as usize].to();
        if avoid.goal == Some(node) {
            return Some((cost, steps));
        }
        self.push_cursor(
            view,
            avoid,
            Cursor {
                position: cursor.position + 1,
                ..cursor
            },
            steps,
        );
        if !self.is_reached(node, steps) {
            self.settle(node, cost, steps);
        }
        None
    }

    fn settle(&mut self, node: u32, cost: u32, steps: u32) {
        self.work += 1;
        let slot = match self.slot(node) {
            Some(slot) => slot,
            None => {
                self.labelled.insert(node);
                self.slots[node as usize] = self.labels.len() as u32;
                self.labels.push(Label {
                    to_go: [UNSET; MAX_STEPS],
                });
                self.labels.len() - 1
            }
        };
        for to_go in &mut self.labels[slot].to_go[steps as usize..] {
            *to_go = (*to_go).min(cost);
        }
        if steps < self.depth {
            // Its row is not in the processor's cache: not read before its best tie could be due.
            let key = key_of(cost + self.penalty, steps + 1);
            self.cursors.push(Reverse(Cursor {
                key,
                from: node,
                position: UNOPENED,
                base: cost,
            }));
        }
    }

    /// Puts the cursor at the first useful tie from its position on, if there is one.
    fn push_cursor(&mut self, view: &View<'_>, avoid: Avoid<'_>, cursor: Cursor, steps: u32) {
        let rest = &view.row(cursor.from)[cursor.position as usize..];
        let useful = rest.iter().position(|&entry| {
            self.work += 1;
            self.is_useful(view, avoid, cursor.from, entry, steps)
        });
        if let Some(skipped) = useful {
            let cost = cursor.base + u32::from(rest[skipped].cost) + self.penalty;
            let position = cursor.position + skipped as u32;
            self.cursors.push(Reverse(Cursor {
                key: key_of(cost, steps),
                position,
                ..cursor
            }));
        }
    }

    #[inline]
    fn is_useful(
        &self,
        view: &View<'_>,
        avoid: Avoid<'_>,
        from: u32,
        entry: Entry,
        steps: u32,
    ) -> bool {
        let node = entry.to();
        let allowed = match avoid.goal {
            Some(goal) if goal == node => !avoid.banned.contains(&from),
            // A label on the last layer that is not the goal leads nowhere.
            Some(_) if steps == self.depth => false,
            _ => !self.is_reached(node, steps) && !avoid.barrier.contains(&node),
        };
        allowed && view.sees(from, entry)
    }

    /// Whether the node has a label of at most as many steps; it then costs no more either.
    #[inline]
    fn is_reached(&self, node: u32, steps: u32) -> bool {
        self.label(node).is_some_and(|label| {
            label
                .to_go
                .get(steps as usize)
                .is_none_or(|&to_go| to_go != UNSET)
        })
    }

    #[inline]
    fn label(&self, node: u32) -> Option<&Label> {
        self.slot(node).map(|slot| &self.labels[slot])
    }

    #[inline]
    fn slot(&self, node: u32) -> Option<usize> {
        // Most nodes asked about have none, and the bitmap stays in the innermost cache.
        let labelled = self.labelled.contains(node);
        labelled.then(|| self.slots[node as usize] as usize)
    }
}
