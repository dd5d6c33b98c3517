//! A snapshot as one query may see it.

use crate::entry::Entry;
use crate::filter::{Filter, OwnerSet};
use crate::graph::TieKey;
use crate::scratch::NodeSet;
use crate::snapshot::Snapshot;

/// No owner has this index.
const NOBODY: u32 = u32::MAX;

/// A snapshot through a filter. All searches read the graph through this and nothing else.
pub(crate) struct View<'a> {
    snapshot: &'a Snapshot,
    viewer: u32,
    owners: &'a OwnerSet,
    excluded_ties: Vec<TieKey>,
    excluded_nodes: &'a NodeSet,
}

impl<'a> View<'a> {
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        filter: &'a Filter,
        excluded_nodes: &'a mut NodeSet,
    ) -> Self {
        excluded_nodes.reset(snapshot.node_count);
        for &node in filter
            .excluded_nodes
            .iter()
            .filter(|&&node| node < snapshot.node_count)
        {
            excluded_nodes.insert(node);
        }
        let mut excluded_ties = filter.excluded_ties.clone();
        excluded_ties.sort_unstable();
        let viewer = filter.viewer.map_or(NOBODY, u32::from);
        Self {
            snapshot,
            viewer,
            owners: &filter.owners,
            excluded_ties,
            excluded_nodes,
        }
    }

    /// All ties of `node`, strongest first, visible or not: ask [`View::sees`] of each.
    #[inline]
    pub(crate) fn row(&self, node: u32) -> &'a [Entry] {
        self.snapshot.row(node)
    }

    pub(crate) fn node_count(&self) -> usize {
        self.snapshot.node_count as usize
    }

    #[inline]
    pub(crate) fn excludes(&self, node: u32) -> bool {
        self.excluded_nodes.contains(node)
    }

    /// Whether this entry of the row of `from` is visible and leads to somebody not excluded.
    #[inline]
    pub(crate) fn sees(&self, from: u32, entry: Entry) -> bool {
        let allowed = u32::from(entry.owner) == self.viewer
            || (!entry.is_private() && self.owners.contains(entry.owner));
        allowed
            && !self.excluded_nodes.contains(entry.to())
            && (self.excluded_ties.is_empty() || !self.excludes_tie(from, entry))
    }

    #[cold]
    fn excludes_tie(&self, from: u32, entry: Entry) -> bool {
        let key = TieKey::new(from, entry.to(), entry.owner);
        self.excluded_ties.binary_search(&key).is_ok()
    }

    /// The strongest visible tie of a pair.
    pub(crate) fn strongest(&self, from: u32, to: u32) -> Option<Entry> {
        let row = self.row(from).iter().copied();
        row.into_iter()
            .find(|&entry| entry.to() == to && self.sees(from, entry))
    }
}
