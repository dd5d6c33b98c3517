//! The question, the answer, and what is wrong with a question.

use thiserror::Error;

use crate::filter::Filter;
use crate::strength::Strength;

/// The longest paths that can be asked for, in steps.
pub const MAX_STEPS: usize = 6;
/// The most paths that can be asked for.
pub const MAX_COUNT: usize = 50;
/// The most ties, and the most people, that a query can exclude.
pub const MAX_EXCLUSIONS: usize = 10_000;
/// The factor on a score for each step after the first.
pub const DEFAULT_DAMPING: f64 = 0.8;
/// Row entries a query may read before it gives up exactness; some tenths of a second.
pub const DEFAULT_WORK_LIMIT: u64 = 10_000_000;

/// "Who can introduce `from` to any of `targets`?"
#[derive(Clone, Debug)]
pub struct Query {
    /// Where every path begins.
    pub from: u32,
    /// Where a path may end; it ends at the first it meets. `from` among them is ignored.
    pub targets: Vec<u32>,
    /// What may be seen.
    pub filter: Filter,
    /// How many paths, 1 to [`MAX_COUNT`].
    pub count: usize,
    /// Steps of the longest path, 1 to [`MAX_STEPS`].
    pub max_steps: usize,
    /// The factor on the score for each step after the first, in (0, 1].
    pub damping: f64,
    /// Row entries it may read; past it the answer is approximate.
    pub work_limit: u64,
}

impl Query {
    /// The five best paths of at most six steps.
    #[must_use]
    pub fn new(from: u32, targets: Vec<u32>, filter: Filter) -> Self {
        Self {
            from,
            targets,
            filter,
            count: 5,
            max_steps: MAX_STEPS,
            damping: DEFAULT_DAMPING,
            work_limit: DEFAULT_WORK_LIMIT,
        }
    }

    pub(crate) fn check(&self, node_count: u32) -> Result<(), QueryError> {
        check_nodes([self.from].iter().chain(&self.targets), node_count)?;
        check_exclusions(&self.filter)?;
        if !(1..=MAX_COUNT).contains(&self.count) {
            return Err(QueryError::Count(self.count));
        }
        if !(1..=MAX_STEPS).contains(&self.max_steps) {
            return Err(QueryError::MaxSteps(self.max_steps));
        }
        if self.damping > 0.0 && self.damping <= 1.0 {
            Ok(())
        } else {
            Err(QueryError::Damping(self.damping))
        }
    }
}

pub(crate) fn check_nodes<'n>(
    nodes: impl IntoIterator<Item = &'n u32>,
    node_count: u32,
) -> Result<(), QueryError> {
    match nodes.into_iter().find(|&&node| node >= node_count) {
        Some(&node) => Err(QueryError::UnknownNode { node, node_count }),
        None => Ok(()),
    }
}

pub(crate) fn check_exclusions(filter: &Filter) -> Result<(), QueryError> {
    let most = filter.excluded_ties.len().max(filter.excluded_nodes.len());
    if most > MAX_EXCLUSIONS {
        Err(QueryError::Exclusions(most))
    } else {
        Ok(())
    }
}

/// A question that cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum QueryError {
    /// A node that the snapshot does not have.
    #[error("node {node} is unknown, the graph has {node_count}")]
    UnknownNode {
        node: u32,
        /// Nodes there are.
        node_count: u32,
    },
    /// `count` out of range.
    #[error("count must be 1 to {MAX_COUNT}, got {0}")]
    Count(usize),
    /// `max_steps` out of range.
    #[error("max_steps must be 1 to {MAX_STEPS}, got {0}")]
    MaxSteps(usize),
    /// `damping` out of range.
    #[error("damping must lie in (0, 1], got {0}")]
    Damping(f64),
    /// Too much excluded.
    #[error("at most {MAX_EXCLUSIONS} exclusions, got {0}")]
    Exclusions(usize),
}

/// One step of a path: the strongest visible tie of the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose evidence it is; of equally strong ones the lowest index.
    pub owner: u16,
    pub strength: Strength,
    /// Whether only its owner (then the viewer) may see it.
    pub private: bool,
}

/// A chain of people from the asker to a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The people, `from` first; no one twice.
    pub nodes: Vec<u32>,
    /// The ties between them, one fewer.
    pub steps: Vec<Step>,
    /// What the order goes by: costs of the steps, and of the damping from the second step on.
    pub cost: u32,
    /// `exp(-cost / 4096)`, in (0, 1].
    pub score: f64,
}

/// The best paths, best first; equals by fewer steps, then by nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Fewer than asked for when there are no more.
    pub paths: Vec<Path>,
    /// The work limit was hit: every path is one, but a better one may be missing.
    pub approximate: bool,
}

/// Somebody one step away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    pub node: u32,
    /// Over which tie: the strongest visible.
    pub step: Step,
}
