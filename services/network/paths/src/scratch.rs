//! Working memory of queries, reused, so that no query allocates or clears in proportion to the
//! graph.

use crate::backward::Backward;
use crate::best_first::Frontier;
use crate::distance::Sides;

/// Working memory of one thread's queries: keep one a thread and pass it to each. It grows to
/// some 20 bytes a node and 6 MB; nothing carries over from one query to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) excluded: NodeSet,
    pub(crate) targets: NodeSet,
    pub(crate) seen: NodeSet,
    pub(crate) backward: Backward,
    pub(crate) frontier: Frontier,
    pub(crate) sides: Sides,
}

/// A set of nodes: a bitmap that is emptied by walking its members.
#[derive(Debug, Default)]
pub(crate) struct NodeSet {
    words: Vec<u64>,
    members: Vec<u32>,
}

impl NodeSet {
    /// Empties it and makes room for nodes below `node_count`.
    pub(crate) fn reset(&mut self, node_count: u32) {
        self.clear();
        let words = (node_count as usize).div_ceil(64);
        if self.words.len() < words {
            self.words.resize(words, 0);
        }
    }

    pub(crate) fn clear(&mut self) {
        for node in self.members.drain(..) {
            self.words[node as usize / 64] = 0;
        }
    }

    #[inline]
    pub(crate) fn contains(&self, node: u32) -> bool {
        self.words[node as usize / 64] >> (node % 64) & 1 != 0
    }

    /// False when it was in already.
    #[inline]
    pub(crate) fn insert(&mut self, node: u32) -> bool {
        let fresh = !self.contains(node);
        if fresh {
            self.words[node as usize / 64] |= 1 << (node % 64);
            self.members.push(node);
        }
        fresh
    }

    pub(crate) fn members(&self) -> &[u32] {
        &self.members
    }
}
