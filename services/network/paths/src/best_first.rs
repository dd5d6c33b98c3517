//! The fast search: best-first over simple prefixes, guided by costs-to-go.
//!
//! A prefix is ranked by its own cost plus the least cost to go from its last node, or, where
//! [`Backward`] has not come that far yet, plus its floor. Both never overestimate, so prefixes
//! come off the queue in the order of the best that can become of them, and complete ones in the
//! order of the answer. Every prefix carries its nodes: it is simple by construction and comes up
//! once. The two sides grow in step, each having done about the same work.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::backward::{Avoid, STEP_BITS, key_of};
use crate::entry::Entry;
use crate::query::MAX_STEPS;
use crate::search::{Found, Problem, Route, Tools};

/// How far past the cheapest prefix the first horizon lies, in cost units (1/16 nat).
const FIRST_WIDTH: u32 = 256;
/// Work the backward side does before the first prefix is extended.
const FIRST_BACKWARD_WORK: u64 = 256;

/// Room for prefixes that stays between queries, in each of the two queues: 3 MB.
const KEPT_PREFIXES: usize = 1 << 16;

/// The beginning of a path, without the asker. The order of the fields is that of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Prefix {
    /// Least cost and least steps of a path that begins so.
    key: u32,
    /// Unused places are 0: a prefix sorts before what it extends to.
    nodes: [u32; MAX_STEPS],
    steps: u32,
    /// Of its steps, damping included.
    cost: u32,
    /// Ties of the last node that come before this position are done with.
    position: u32,
}

impl Prefix {
    fn nodes(&self) -> &[u32] {
        &self.nodes[..self.steps as usize]
    }
}

/// Prefixes in waiting.
#[derive(Debug, Default)]
pub(crate) struct Frontier {
    /// Those within the horizon.
    near: BinaryHeap<Reverse<Prefix>>,
    /// The others, unordered.
    far: Vec<Prefix>,
}

impl Frontier {
    /// Gives back what only a rare hard query needs.
    fn empty(&mut self) {
        self.near.clear();
        self.near.shrink_to(KEPT_PREFIXES);
        self.far.clear();
        self.far.shrink_to(KEPT_PREFIXES);
    }
}

/// The best routes, exact unless `budget` row entries do not suffice.
pub(crate) fn search(problem: &Problem<'_>, tools: &mut Tools<'_>, budget: u64) -> Found {
    tools.frontier.empty();
    let barrier = [problem.from];
    let mut search = BestFirst {
        avoid: Avoid {
            barrier: &barrier,
            goal: None,
            banned: &[],
        },
        problem,
        tools,
        costs: BinaryHeap::with_capacity(problem.count + 1),
        ceiling: u32::MAX,
        horizon: 0,
        width: FIRST_WIDTH,
        work: 0,
    };
    search.run(budget)
}

struct BestFirst<'s, 't, 'a> {
    avoid: Avoid<'s>,
    problem: &'s Problem<'a>,
    tools: &'s mut Tools<'t>,
    /// The least costs of complete paths met so far, as many as are asked for.
    costs: BinaryHeap<u32>,
    /// Nothing dearer than this can be among the best.
    ceiling: u32,
    /// Prefixes past this wait in `far`.
    horizon: u32,
    width: u32,
    work: u64,
}

/// What is known of the way from a prefix to a target.
#[derive(Clone, Copy)]
struct Outlook {
    cost: u32,
    steps: u32,
    /// Not merely a floor.
    settled: bool,
}

impl BestFirst<'_, '_, '_> {
    fn run(&mut self, budget: u64) -> Found {
        let mut routes = Vec::with_capacity(self.problem.count);
        self.start();
        while let Some(prefix) = self.pop() {
            if self.total_work() > budget {
                return Found {
                    routes,
                    complete: false,
                    work: self.total_work(),
                };
            }
            let last = prefix.nodes().last().copied();
            if last.is_some_and(|last| self.problem.targets.contains(last)) {
                routes.push(self.route(&prefix));
                if routes.len() == self.problem.count {
                    break;
                }
                continue;
            }
            let last = last.unwrap_or(self.problem.from);
            let Some(outlook) = self.outlook(last, &prefix) else {
                continue;
            };
            let key = key_of(prefix.cost + outlook.cost, prefix.steps + outlook.steps);
            if key > prefix.key {
                self.push(Prefix { key, ..prefix });
            } else if !outlook.settled && self.tools.backward.work < self.work {
                self.advance_backward(self.work + self.work / 4);
                self.push(prefix);
            } else {
                self.extend(prefix, last);
            }
        }
        Found {
            routes,
            complete: true,
            work: self.total_work(),
        }
    }

    fn start(&mut self) {
        let problem = self.problem;
        let targets = problem.targets.members();
        let depth = problem.max_steps - 1;
        self.tools
            .backward
            .start(&problem.view, targets, problem.penalty, depth);
        if !targets.is_empty() {
            self.advance_backward(FIRST_BACKWARD_WORK);
            let nodes = [0; MAX_STEPS];
            self.push(Prefix {
                key: 0,
                nodes,
                steps: 0,
                cost: 0,
                position: 0,
            });
        }
    }

    fn total_work(&self) -> u64 {
        self.work + self.tools.backward.work
    }

    fn advance_backward(&mut self, work: u64) {
        let backward = &mut *self.tools.backward;
        while backward.work < work && backward.floor().is_some() {
            backward.advance(&self.problem.view, self.avoid);
        }
    }

    /// `None` when no target can be reached any more.
    fn outlook(&self, last: u32, prefix: &Prefix) -> Option<Outlook> {
        let backward = &*self.tools.backward;
        let steps_left = self.problem.max_steps as u32 - prefix.steps;
        if prefix.steps == 0 {
            // The asker has no label, it is the barrier.
            return Some(Outlook {
                cost: 0,
                steps: 1,
                settled: true,
            });
        }
        match backward.to_go(last, steps_left) {
            Some((cost, steps)) => Some(Outlook {
                cost,
                steps,
                settled: true,
            }),
            None if steps_left == 0 => None,
            None => backward.floor().map(|cost| Outlook {
                cost,
                steps: 1,
                settled: false,
            }),
        }
    }

    /// Queues what one more step makes of the prefix, as far as the horizon.
    fn extend(&mut self, prefix: Prefix, last: u32) {
        let view = &self.problem.view;
        let row = view.row(last);
        self.tools.seen.clear();
        for &entry in &row[..prefix.position as usize] {
            if entry.is_one_of_several() && view.sees(last, entry) {
                self.tools.seen.insert(entry.to());
            }
        }
        for (position, &entry) in row.iter().enumerate().skip(prefix.position as usize) {
            self.work += 1;
            let cost = prefix.cost + u32::from(entry.cost) + self.problem.penalty;
            if cost > self.ceiling {
                return;
            }
            if cost > self.horizon {
                // The rest of the row is worth no more than this.
                let key = key_of(cost, prefix.steps + 1).max(prefix.key);
                self.tools.frontier.far.push(Prefix {
                    key,
                    position: position as u32,
                    ..prefix
                });
                return;
            }
            self.step(prefix, last, entry, cost);
        }
    }

    #[inline]
    fn step(&mut self, prefix: Prefix, last: u32, entry: Entry, cost: u32) {
        let node = entry.to();
        if node == self.problem.from || prefix.nodes().contains(&node) {
            return;
        }
        let mut longer = Prefix {
            cost,
            steps: prefix.steps + 1,
            position: 0,
            ..prefix
        };
        longer.nodes[prefix.steps as usize] = node;
        let is_target = self.problem.targets.contains(node);
        let outlook = if is_target {
            Outlook {
                cost: 0,
                steps: 0,
                settled: true,
            }
        } else {
            match self.outlook(node, &longer) {
                Some(outlook) => outlook,
                None => return,
            }
        };
        longer.key = key_of(cost + outlook.cost, longer.steps + outlook.steps);
        if longer.key >> STEP_BITS > self.ceiling || !self.problem.view.sees(last, entry) {
            return;
        }
        // Only the strongest visible tie of a pair counts, and it comes first.
        if entry.is_one_of_several() && !self.tools.seen.insert(node) {
            return;
        }
        if is_target {
            self.lower_ceiling(cost);
        }
        self.push(longer);
    }

    fn lower_ceiling(&mut self, cost: u32) {
        self.costs.push(cost);
        if self.costs.len() > self.problem.count {
            self.costs.pop();
        }
        if self.costs.len() == self.problem.count {
            self.ceiling = self.costs.peek().copied().unwrap_or(u32::MAX);
        }
    }

    fn push(&mut self, prefix: Prefix) {
        if prefix.key >> STEP_BITS <= self.horizon {
            self.tools.frontier.near.push(Reverse(prefix));
        } else {
            self.tools.frontier.far.push(prefix);
        }
    }

    fn pop(&mut self) -> Option<Prefix> {
        loop {
            if let Some(Reverse(prefix)) = self.tools.frontier.near.pop() {
                if prefix.key >> STEP_BITS <= self.ceiling {
                    return Some(prefix);
                }
                continue;
            }
            let least = self
                .tools
                .frontier
                .far
                .iter()
                .map(|prefix| prefix.key)
                .min()?;
            self.horizon = (least >> STEP_BITS).saturating_add(self.width);
            self.width = self.width.saturating_add(self.width / 4);
            let Frontier { near, far } = &mut *self.tools.frontier;
            let (horizon, ceiling) = (self.horizon, self.ceiling);
            far.retain(|&prefix| {
                let cost = prefix.key >> STEP_BITS;
                if cost <= horizon {
                    near.push(Reverse(prefix));
                }
                cost > horizon && cost <= ceiling
            });
        }
    }

    fn route(&self, prefix: &Prefix) -> Route {
        let nodes = [&[self.problem.from], prefix.nodes()].concat();
        Route {
            cost: prefix.cost,
            steps: prefix.steps as usize,
            nodes,
        }
    }
}
