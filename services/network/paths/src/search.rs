//! One question against one snapshot: prepares it, chooses the algorithm, words the answer.

use crate::backward::Backward;
use crate::best_first;
use crate::query::{
    Answer, Neighbour, Path, Query, QueryError, Step, check_exclusions, check_nodes,
};
use crate::scratch::{NodeSet, Scratch};
use crate::snapshot::Snapshot;
use crate::strength::{Strength, cost_of, factor_of};
use crate::view::View;
use crate::{Filter, yen};

/// Row entries the fast search may read before the fallback takes over: some 10 to 30 ms.
const FAST_WORK_LIMIT: u64 = 1_000_000;

/// A checked query in the terms of the searches.
pub(crate) struct Problem<'a> {
    pub(crate) view: View<'a>,
    pub(crate) from: u32,
    pub(crate) targets: &'a NodeSet,
    pub(crate) count: usize,
    pub(crate) max_steps: usize,
    /// Cost of the damping, on every step; the first gets it back in the end.
    pub(crate) penalty: u32,
}

/// A path as the searches see it. The order of the fields is the order of answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    /// Damping on every step included.
    pub(crate) cost: u32,
    pub(crate) steps: usize,
    pub(crate) nodes: Vec<u32>,
}

/// What a search came to.
pub(crate) struct Found {
    pub(crate) routes: Vec<Route>,
    /// These are the best; otherwise the budget was spent.
    pub(crate) complete: bool,
    pub(crate) work: u64,
}

impl Problem<'_> {
    /// What a step costs over the strongest visible tie of a pair.
    pub(crate) fn step_cost(&self, from: u32, to: u32) -> Option<u32> {
        let tie = self.view.strongest(from, to)?;
        Some(u32::from(tie.cost) + self.penalty)
    }
}

impl Snapshot {
    /// The best simple paths from one person to any of the targets.
    ///
    /// # Errors
    /// When the query names an unknown node or is out of its bounds.
    pub fn best_paths(&self, query: &Query, scratch: &mut Scratch) -> Result<Answer, QueryError> {
        self.solve(query, scratch, |problem, tools| {
            let found = best_first::search(problem, tools, FAST_WORK_LIMIT.min(query.work_limit));
            if found.complete || found.work >= query.work_limit {
                return found;
            }
            let fallback = yen::search(problem, tools.backward, query.work_limit - found.work);
            if fallback.complete {
                fallback
            } else {
                best_of(found, fallback, query.count)
            }
        })
    }

    /// The same answer by the fallback alone: slower, and simple enough to trust.
    ///
    /// # Errors
    /// When the query names an unknown node or is out of its bounds.
    #[doc(hidden)]
    pub fn best_paths_by_yen(
        &self,
        query: &Query,
        scratch: &mut Scratch,
    ) -> Result<Answer, QueryError> {
        self.solve(query, scratch, |problem, tools| {
            yen::search(problem, tools.backward, query.work_limit)
        })
    }

    /// The people one visible tie away, strongest tie first, at most `limit`.
    ///
    /// # Errors
    /// When the node is unknown or the filter excludes too much.
    pub fn neighbours(
        &self,
        node: u32,
        filter: &Filter,
        limit: usize,
        scratch: &mut Scratch,
    ) -> Result<Vec<Neighbour>, QueryError> {
        check_nodes([&node], self.node_count)?;
        check_exclusions(filter)?;
        let view = View::new(self, filter, &mut scratch.excluded);
        scratch.seen.reset(self.node_count);
        if view.excludes(node) {
            return Ok(Vec::new());
        }
        let visible = view
            .row(node)
            .iter()
            .filter(|&&entry| view.sees(node, entry));
        let first = visible.filter(|entry| scratch.seen.insert(entry.to()));
        Ok(first
            .take(limit)
            .map(|&entry| Neighbour {
                node: entry.to(),
                step: entry.into(),
            })
            .collect())
    }

    fn solve(
        &self,
        query: &Query,
        scratch: &mut Scratch,
        search: impl FnOnce(&Problem<'_>, &mut Tools<'_>) -> Found,
    ) -> Result<Answer, QueryError> {
        query.check(self.node_count)?;
        let Scratch {
            excluded,
            targets,
            seen,
            backward,
            frontier,
            ..
        } = scratch;
        let view = View::new(self, &query.filter, excluded);
        if view.excludes(query.from) {
            return Ok(Answer {
                paths: Vec::new(),
                approximate: false,
            });
        }
        targets.reset(self.node_count);
        seen.reset(self.node_count);
        for &target in &query.targets {
            if target != query.from && !view.excludes(target) {
                targets.insert(target);
            }
        }
        let problem = Problem {
            view,
            from: query.from,
            targets,
            count: query.count,
            max_steps: query.max_steps,
            penalty: u32::from(cost_of(query.damping)),
        };
        let found = search(
            &problem,
            &mut Tools {
                backward,
                frontier,
                seen,
            },
        );
        let paths = found
            .routes
            .into_iter()
            .filter_map(|route| worded(&problem, route))
            .collect();
        Ok(Answer {
            paths,
            approximate: !found.complete,
        })
    }
}

/// The parts of the scratch that searches write.
pub(crate) struct Tools<'s> {
    pub(crate) backward: &'s mut Backward,
    pub(crate) frontier: &'s mut best_first::Frontier,
    pub(crate) seen: &'s mut NodeSet,
}

fn best_of(one: Found, other: Found, count: usize) -> Found {
    let mut routes = one.routes;
    routes.extend(other.routes);
    routes.sort_unstable();
    routes.dedup();
    routes.truncate(count);
    Found {
        routes,
        complete: false,
        work: one.work + other.work,
    }
}

/// Adds to the nodes of a route the ties it goes over.
fn worded(problem: &Problem<'_>, route: Route) -> Option<Path> {
    let pairs = route.nodes.windows(2);
    let ties = pairs.map(|pair| problem.view.strongest(pair[0], pair[1]).map(Step::from));
    let steps = ties.collect::<Option<Vec<Step>>>()?;
    let cost = route.cost - problem.penalty;
    Some(Path {
        nodes: route.nodes,
        steps,
        cost,
        score: factor_of(cost),
    })
}

impl From<crate::entry::Entry> for Step {
    fn from(entry: crate::entry::Entry) -> Self {
        Self {
            owner: entry.owner,
            strength: Strength::from_cost(entry.cost),
            private: entry.is_private(),
        }
    }
}
