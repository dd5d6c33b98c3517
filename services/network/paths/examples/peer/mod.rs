//! The same questions put to a library: Yen's algorithm over Dijkstra's, of the crate `pathfinding`. It
//! knows no step limit, so it is asked for less than the engine.

use std::time::{Duration, Instant};

use kith_paths::{DEFAULT_DAMPING, Strength, Tie};

/// Costs of each person's ties, as the engine adds them up.
pub(crate) struct Peer {
    rows: Vec<Vec<(u32, u32)>>,
}

impl Peer {
    pub(crate) fn new(nodes: u32, ties: &[Tie]) -> Self {
        let damping = Strength::new(DEFAULT_DAMPING).map_or(0, |factor| u32::from(factor.cost()));
        let mut rows = vec![Vec::new(); nodes as usize];
        for tie in ties {
            let cost = u32::from(tie.strength.cost()) + damping;
            rows[tie.a as usize].push((tie.b, cost));
            rows[tie.b as usize].push((tie.a, cost));
        }
        Self { rows }
    }

    /// How long each pair's best paths take.
    pub(crate) fn times(&self, pairs: &[(u32, u32)], count: usize) -> Vec<Duration> {
        let time = |&(from, to): &(u32, u32)| {
            let begin = Instant::now();
            let found = pathfinding::prelude::yen(
                &from,
                |&node| self.rows[node as usize].iter().copied(),
                |&node| node == to,
                count,
            );
            std::hint::black_box(found);
            begin.elapsed()
        };
        pairs.iter().map(time).collect()
    }
}
