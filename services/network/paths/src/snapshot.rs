//! What readers hold: an immutable state of the graph.

use std::sync::Arc;

use crate::base::Base;
use crate::entry::Entry;
use crate::overlay::Overlay;

/// An immutable state of the graph; any number of threads may query one at once.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) base: Arc<Base>,
    pub(crate) overlay: Overlay,
    pub(crate) node_count: u32,
    pub(crate) tie_count: usize,
}

impl Snapshot {
    /// People; their indices are below this.
    #[must_use]
    pub fn node_count(&self) -> u32 {
        self.node_count
    }

    /// Undirected ties, parallel ones each counted.
    #[must_use]
    pub fn tie_count(&self) -> usize {
        self.tie_count
    }

    /// Memory held, in bytes; what snapshots share is counted in each.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.base.bytes() + self.overlay.bytes()
    }

    /// The ties of `node`, strongest first.
    #[inline]
    pub(crate) fn row(&self, node: u32) -> &[Entry] {
        self.overlay
            .row(node)
            .unwrap_or_else(|| self.base.row(node))
    }
}
