//! Seeded random graphs of a realistic shape: few hubs, many small degrees.

use kith_paths::{Strength, Tie};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// A graph by preferential attachment: each person meets about `ties / nodes` earlier ones, the
/// well connected more often. Strengths are uniform in (0, 1), owners among the first `owners`.
pub(crate) fn preferential(nodes: u32, ties: usize, owners: u16, seed: u64) -> Vec<Tie> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut made: Vec<Tie> = Vec::with_capacity(ties);
    let first = (ties / nodes as usize) as u32 + 1;
    let mut met = Vec::new();
    for person in 1..nodes {
        let due = (ties as u64 * u64::from(person + 1) / u64::from(nodes)) as usize;
        let wanted = due.saturating_sub(made.len()).min(person as usize);
        met.clear();
        while met.len() < wanted {
            // An end of a random tie: the more ties, the likelier.
            let other = if person <= first {
                random.random_range(0..person)
            } else {
                let tie = &made[random.random_range(0..made.len())];
                if random.random() { tie.a } else { tie.b }
            };
            if other != person && !met.contains(&other) {
                met.push(other);
            }
        }
        for &other in &met {
            let owner = random.random_range(0..owners);
            made.push(Tie {
                a: person,
                b: other,
                owner,
                strength: uniform(&mut random),
                private: false,
            });
        }
    }
    made
}

/// A strength uniform in (0, 1).
pub(crate) fn uniform(random: &mut SmallRng) -> Strength {
    Strength::new(1.0 - random.random::<f64>()).expect("in (0, 1]")
}
