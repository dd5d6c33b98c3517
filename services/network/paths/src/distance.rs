//! How many steps two people are apart: breadth-first from both ends.

use crate::filter::Filter;
use crate::query::{QueryError, check_exclusions, check_nodes};
use crate::scratch::{NodeSet, Scratch};
use crate::snapshot::Snapshot;
use crate::view::View;

/// What the two searches have reached.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    near_start: Side,
    near_end: Side,
}

/// One end's search. The members of `reached` are in the order they were reached.
#[derive(Debug, Default)]
struct Side {
    reached: NodeSet,
    parents: Vec<u32>,
    /// Where the last layer begins among the members.
    layer: usize,
    /// Ties of the last layer: what it costs to go one layer further.
    layer_ties: usize,
}

impl Snapshot {
    /// A path of the fewest steps, `from` and `to` included; `None` when there is none.
    ///
    /// # Errors
    /// When a node is unknown or the filter excludes too much.
    pub fn distance(
        &self,
        from: u32,
        to: u32,
        filter: &Filter,
        scratch: &mut Scratch,
    ) -> Result<Option<Vec<u32>>, QueryError> {
        check_nodes([&from, &to], self.node_count)?;
        check_exclusions(filter)?;
        let view = View::new(self, filter, &mut scratch.excluded);
        if view.excludes(from) || view.excludes(to) {
            return Ok(None);
        }
        if from == to {
            return Ok(Some(vec![from]));
        }
        let Sides {
            near_start,
            near_end,
        } = &mut scratch.sides;
        near_start.start(&view, from);
        near_end.start(&view, to);
        while near_start.has_layer() && near_end.has_layer() {
            let met = if near_start.layer_ties <= near_end.layer_ties {
                near_start.grow(&view, near_end)
            } else {
                near_end
                    .grow(&view, near_start)
                    .map(|(near, far)| (far, near))
            };
            if let Some((left, right)) = met {
                let mut nodes = near_start.chain(left);
                nodes.reverse();
                nodes.extend(near_end.chain(right));
                return Ok(Some(nodes));
            }
        }
        Ok(None)
    }
}

impl Side {
    fn start(&mut self, view: &View<'_>, node: u32) {
        self.reached.reset(view.node_count() as u32);
        if self.parents.len() < view.node_count() {
            self.parents.resize(view.node_count(), 0);
        }
        self.reached.insert(node);
        self.parents[node as usize] = node;
        self.layer = 0;
        self.layer_ties = view.row(node).len();
    }

    fn has_layer(&self) -> bool {
        self.layer < self.reached.members().len()
    }

    /// Goes one layer further; the first tie that meets the other side, its own end first.
    ///
    /// Before it, every pair within the two depths together has met, so whatever meets now is on
    /// the other side's last layer, and all meetings are of the same length.
    fn grow(&mut self, view: &View<'_>, other: &Self) -> Option<(u32, u32)> {
        let end = self.reached.members().len();
        self.layer_ties = 0;
        for index in self.layer..end {
            let node = self.reached.members()[index];
            for &entry in view.row(node) {
                let next = entry.to();
                if self.reached.contains(next) || !view.sees(node, entry) {
                    continue;
                }
                if other.reached.contains(next) {
                    return Some((node, next));
                }
                self.reached.insert(next);
                self.parents[next as usize] = node;
                self.layer_ties += view.row(next).len();
            }
        }
        self.layer = end;
        None
    }

    /// From `node` back to where this side began.
    fn chain(&self, node: u32) -> Vec<u32> {
        let mut nodes = vec![node];
        let mut last = node;
        while self.parents[last as usize] != last {
            last = self.parents[last as usize];
            nodes.push(last);
        }
        nodes
    }
}
