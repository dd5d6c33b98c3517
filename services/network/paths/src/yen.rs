//! Yen's algorithm with Lawler's saving: the bounded fallback, and the simple one to read first.
//!
//! The best path, then again and again the best of all that leave a known path at one of its
//! nodes. Each such spur is one layered search, so the whole is polynomial whatever the graph.

use std::collections::BTreeMap;

use crate::backward::{Avoid, Backward};
use crate::search::{Found, Problem, Route};

/// The best routes, exact unless `budget` row entries do not suffice.
pub(crate) fn search(problem: &Problem<'_>, backward: &mut Backward, budget: u64) -> Found {
    let mut yen = Yen {
        problem,
        backward,
        budget,
        work: 0,
        candidates: BTreeMap::new(),
    };
    let mut routes: Vec<Route> = Vec::new();
    let mut complete = yen.add_spur(&[problem.from], &[], problem.count).is_some();
    while complete && routes.len() < problem.count {
        let Some((route, deviation)) = yen.candidates.pop_first() else {
            break;
        };
        routes.push(route);
        complete = yen.add_spurs_of_last(&routes, deviation).is_some();
    }
    if !complete {
        // What is left are real paths, though maybe not the best.
        let missing = problem.count - routes.len();
        routes.extend(yen.candidates.into_keys().take(missing));
    }
    Found {
        routes,
        complete,
        work: yen.work,
    }
}

struct Yen<'y, 'a> {
    problem: &'y Problem<'a>,
    backward: &'y mut Backward,
    budget: u64,
    work: u64,
    /// Known routes not yet given out, with the index at which each left its parent.
    candidates: BTreeMap<Route, usize>,
}

/// The budget is spent.
struct Spent;

impl Yen<'_, '_> {
    /// Adds the best route that leaves the last of `routes` at each of its nodes from `deviation`
    /// on; `None` when the budget is spent.
    fn add_spurs_of_last(&mut self, routes: &[Route], deviation: usize) -> Option<()> {
        let last = routes.last()?;
        let missing = self.problem.count - routes.len();
        for spur in deviation..last.steps {
            let prefix = &last.nodes[..=spur];
            let known = routes
                .iter()
                .filter(|route| route.nodes.starts_with(prefix));
            let banned: Vec<u32> = known.map(|route| route.nodes[spur + 1]).collect();
            self.add_spur(prefix, &banned, missing)?;
        }
        Some(())
    }

    fn add_spur(&mut self, prefix: &[u32], banned: &[u32], missing: usize) -> Option<()> {
        match self.spur(prefix, banned, missing) {
            Ok(Some(route)) => drop(self.candidates.insert(route, prefix.len() - 1)),
            Ok(None) => {}
            Err(Spent) => return None,
        }
        Some(())
    }

    /// The best route that begins with `prefix` and goes on to none of `banned`.
    fn spur(
        &mut self,
        prefix: &[u32],
        banned: &[u32],
        missing: usize,
    ) -> Result<Option<Route>, Spent> {
        let problem = self.problem;
        let Some((&goal, barrier)) = prefix.split_last() else {
            return Ok(None);
        };
        let avoid = Avoid {
            barrier,
            goal: Some(goal),
            banned,
        };
        let before = prefix
            .windows(2)
            .filter_map(|pair| problem.step_cost(pair[0], pair[1]));
        let before: u32 = before.sum();
        // With enough candidates nothing dearer than the last of them matters.
        let ceiling = missing
            .checked_sub(1)
            .and_then(|index| self.candidates.keys().nth(index));
        let ceiling = ceiling.map_or(u32::MAX, |route| route.cost);
        let depth = problem.max_steps - barrier.len();
        let targets = problem.targets.members();
        self.backward
            .start(&problem.view, targets, problem.penalty, depth);
        let mut reached = None;
        while reached.is_none() {
            match self.backward.floor() {
                Some(floor) if before + floor <= ceiling => {}
                _ => break,
            }
            if self.work + self.backward.work > self.budget {
                return Err(Spent);
            }
            reached = self.backward.advance(&problem.view, avoid);
        }
        self.work += self.backward.work;
        let Some((cost, steps)) = reached else {
            return Ok(None);
        };
        let nodes = self.follow(prefix.to_vec(), banned, cost, steps);
        Ok(Some(Route {
            cost: before + cost,
            steps: nodes.len() - 1,
            nodes,
        }))
    }

    /// Goes from the last of `nodes` to a target at exactly this cost and these steps, by the
    /// lowest node at each fork.
    fn follow(
        &self,
        mut nodes: Vec<u32>,
        banned: &[u32],
        mut cost: u32,
        mut steps: u32,
    ) -> Vec<u32> {
        let mut banned = banned;
        while steps > 0 {
            let from = nodes[nodes.len() - 1];
            steps -= 1;
            let next = self.problem.view.row(from).iter().filter_map(|&entry| {
                let rest = cost.checked_sub(u32::from(entry.cost) + self.problem.penalty)?;
                let (to_go, _) = self.backward.to_go(entry.to(), steps)?;
                let fits = to_go == rest
                    && !banned.contains(&entry.to())
                    && self.problem.view.sees(from, entry);
                fits.then_some((entry.to(), rest))
            });
            let (node, rest) = next
                .min()
                .expect("a settled cost is the sum of settled costs");
            nodes.push(node);
            cost = rest;
            banned = &[];
        }
        nodes
    }
}
