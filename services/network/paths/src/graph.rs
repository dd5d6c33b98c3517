//! The writer: applies changes and hands out snapshots.

use std::sync::Arc;

use thiserror::Error;

use crate::base::Base;
use crate::entry::{Entry, NODE_MASK};
use crate::overlay::Overlay;
use crate::snapshot::Snapshot;
use crate::strength::Strength;

/// The most people a graph can hold.
pub const MAX_NODES: u32 = NODE_MASK;

/// The overlay is merged once it holds more than this many entries …
const MERGE_MINIMUM_ENTRIES: usize = 16_384;
/// … and more than this fraction of the base.
const MERGE_FRACTION: usize = 8;

/// An undirected tie as one owner's evidence says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    pub a: u32,
    /// The other end.
    pub b: u32,
    /// Index of the account whose evidence this is.
    pub owner: u16,
    pub strength: Strength,
    /// Visible to the owner only.
    pub private: bool,
}

impl Tie {
    /// What identifies the tie.
    #[must_use]
    pub fn key(&self) -> TieKey {
        TieKey::new(self.a, self.b, self.owner)
    }
}

/// What identifies a tie; the order of the ends does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TieKey {
    low: u32,
    high: u32,
    owner: u16,
}

impl TieKey {
    /// The key of the tie of `a` and `b` by `owner`.
    #[must_use]
    pub fn new(a: u32, b: u32, owner: u16) -> Self {
        Self {
            low: a.min(b),
            high: a.max(b),
            owner,
        }
    }
}

/// A change that the graph cannot take; it is left as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GraphError {
    /// An end of a tie was never added.
    #[error("node {node} is unknown, the graph has {node_count}")]
    UnknownNode {
        node: u32,
        /// Nodes there are.
        node_count: u32,
    },
    /// Nobody has a tie with themselves.
    #[error("a tie needs two different ends, got {node} twice")]
    SelfTie { node: u32 },
    /// Indices would run out.
    #[error("the graph holds at most {MAX_NODES} nodes and 2^31 ties")]
    Full,
}

/// The graph under one writer. Readers take [`Graph::snapshot`].
#[derive(Debug)]
pub struct Graph {
    current: Snapshot,
    published: Option<Arc<Snapshot>>,
}

impl Default for Graph {
    fn default() -> Self {
        Self::from_checked(0, &[])
    }
}

impl Graph {
    /// Builds from all ties at once. Of two ties with one key the later counts.
    ///
    /// # Errors
    /// When a tie names an unknown node or one node twice, or there is too much.
    pub fn from_ties(node_count: u32, ties: &[Tie]) -> Result<Self, GraphError> {
        if node_count > MAX_NODES || u32::try_from(ties.len() * 2).is_err() {
            return Err(GraphError::Full);
        }
        for tie in ties {
            check_ends(tie.a, tie.b, node_count)?;
        }
        Ok(Self::from_checked(node_count, ties))
    }

    fn from_checked(node_count: u32, ties: &[Tie]) -> Self {
        let base = Base::from_ties(node_count, ties);
        let tie_count = base.entry_count() / 2;
        let current = Snapshot {
            base: Arc::new(base),
            overlay: Overlay::default(),
            node_count,
            tie_count,
        };
        Self {
            current,
            published: None,
        }
    }

    /// A writer that goes on from a snapshot; the snapshot stays as it is.
    #[must_use]
    pub fn resumed(snapshot: &Snapshot) -> Self {
        Self {
            current: snapshot.clone(),
            published: None,
        }
    }

    /// People; their indices are below this.
    #[must_use]
    pub fn node_count(&self) -> u32 {
        self.current.node_count
    }

    /// Adds a person without ties and returns their index.
    ///
    /// # Errors
    /// When indices have run out.
    pub fn add_node(&mut self) -> Result<u32, GraphError> {
        let node = self.current.node_count;
        if node >= MAX_NODES {
            return Err(GraphError::Full);
        }
        self.published = None;
        self.current.node_count += 1;
        Ok(node)
    }

    /// Inserts the tie, or replaces the strength and privacy of the one with its key.
    ///
    /// # Errors
    /// When an end is unknown or both are one.
    pub fn put(&mut self, tie: Tie) -> Result<(), GraphError> {
        check_ends(tie.a, tie.b, self.current.node_count)?;
        let cost = tie.strength.cost();
        let old = self.change_row(tie.a, Entry::new(tie.b, cost, tie.owner, tie.private), true);
        self.change_row(tie.b, Entry::new(tie.a, cost, tie.owner, tie.private), true);
        self.current.tie_count += usize::from(!old);
        self.merge_if_due();
        Ok(())
    }

    /// Removes the tie; false when there was none.
    pub fn remove(&mut self, key: TieKey) -> bool {
        let there = Entry::new(key.high & NODE_MASK, 0, key.owner, false);
        if key.high >= self.current.node_count || !self.change_row(key.low, there, false) {
            return false;
        }
        self.change_row(key.high, Entry::new(key.low, 0, key.owner, false), false);
        self.current.tie_count -= 1;
        self.merge_if_due();
        true
    }

    /// The state as of now; the same one until something changes.
    pub fn snapshot(&mut self) -> Arc<Snapshot> {
        let current = &self.current;
        self.published
            .get_or_insert_with(|| Arc::new(current.clone()))
            .clone()
    }

    /// Memory held, in bytes, without older snapshots that readers still hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.current.bytes()
    }

    /// Moves the overlay into the base: one pass over all ties. Happens by itself when due.
    pub fn merge(&mut self) {
        let current = &self.current;
        let entries = current.tie_count * 2;
        let base = Base::from_rows(current.node_count, entries, |node| current.row(node));
        self.current.base = Arc::new(base);
        self.current.overlay = Overlay::default();
        self.published = None;
    }

    /// Takes the entry with the key of `new` out of the row of `node`, and puts `new` in if
    /// `keep`; says whether there was one.
    fn change_row(&mut self, node: u32, new: Entry, keep: bool) -> bool {
        let mut row: Vec<Entry> = self.current.row(node).to_vec();
        let same_key = |entry: &Entry| (entry.to(), entry.owner) == (new.to(), new.owner);
        let old = row.iter().position(same_key);
        match old {
            Some(index) => drop(row.remove(index)),
            None if !keep => return false,
            None => {}
        }
        if keep {
            let place = row.partition_point(|entry| entry.order() < new.order());
            row.insert(place, new);
        }
        let several = row.iter().filter(|entry| entry.to() == new.to()).count() > 1;
        for entry in row.iter_mut().filter(|entry| entry.to() == new.to()) {
            entry.mark_several(several);
        }
        self.published = None;
        self.current.overlay.set_row(node, row.into());
        old.is_some()
    }

    fn merge_if_due(&mut self) {
        let changed = self.current.overlay.entry_count();
        if changed > MERGE_MINIMUM_ENTRIES
            && changed > self.current.base.entry_count() / MERGE_FRACTION
        {
            self.merge();
        }
    }
}

fn check_ends(a: u32, b: u32, node_count: u32) -> Result<(), GraphError> {
    if let Some(node) = [a, b].into_iter().find(|&node| node >= node_count) {
        return Err(GraphError::UnknownNode { node, node_count });
    }
    if a == b {
        Err(GraphError::SelfTie { node: a })
    } else {
        Ok(())
    }
}
