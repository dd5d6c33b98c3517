//! The brute-force enumerator: every simple path, by the words of the specification.

use std::collections::BTreeMap;

use kith_paths::{Filter, Path, Query, Strength, Tie};

/// What a path is compared by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    pub(crate) cost: u32,
    pub(crate) steps: usize,
    pub(crate) nodes: Vec<u32>,
    /// Per step: cost, owner, private.
    pub(crate) ties: Vec<(u16, u16, bool)>,
}

impl From<&Path> for Line {
    fn from(path: &Path) -> Self {
        let tie = |step: &kith_paths::Step| (step.strength.cost(), step.owner, step.private);
        Self {
            cost: path.cost,
            steps: path.steps.len(),
            nodes: path.nodes.clone(),
            ties: path.steps.iter().map(tie).collect(),
        }
    }
}

/// The strongest visible tie of each pair, both ways round.
pub(crate) type Pairs = BTreeMap<(u32, u32), (u16, u16, bool)>;

pub(crate) fn visible_pairs(ties: &[Tie], filter: &Filter) -> Pairs {
    let latest: BTreeMap<_, _> = ties.iter().map(|tie| (tie.key(), *tie)).collect();
    let mut pairs = Pairs::new();
    for (key, tie) in latest {
        let own = filter.viewer == Some(tie.owner);
        let shared = !tie.private && filter.owners.contains(tie.owner);
        let excluded = filter.excluded_ties.contains(&key)
            || filter.excluded_nodes.contains(&tie.a)
            || filter.excluded_nodes.contains(&tie.b);
        if excluded || !(own || shared) {
            continue;
        }
        let found = (tie.strength.cost(), tie.owner, tie.private);
        for ends in [(tie.a, tie.b), (tie.b, tie.a)] {
            let kept = pairs.entry(ends).or_insert(found);
            *kept = (*kept).min(found);
        }
    }
    pairs
}

pub(crate) fn best_paths(ties: &[Tie], query: &Query) -> Vec<Line> {
    let pairs = visible_pairs(ties, &query.filter);
    let mut all = Vec::new();
    extend(&pairs, query, &mut vec![query.from], &mut all);
    all.sort();
    all.truncate(query.count);
    all
}

fn extend(pairs: &Pairs, query: &Query, nodes: &mut Vec<u32>, all: &mut Vec<Line>) {
    let last = nodes[nodes.len() - 1];
    if nodes.len() > 1 && query.targets.contains(&last) {
        all.push(line(pairs, query, nodes));
        return;
    }
    if nodes.len() > query.max_steps {
        return;
    }
    for (&(_, next), _) in pairs.range((last, 0)..=(last, u32::MAX)) {
        if !nodes.contains(&next) {
            nodes.push(next);
            extend(pairs, query, nodes, all);
            nodes.pop();
        }
    }
}

fn line(pairs: &Pairs, query: &Query, nodes: &[u32]) -> Line {
    let ties: Vec<_> = nodes
        .windows(2)
        .map(|pair| pairs[&(pair[0], pair[1])])
        .collect();
    let damping = u32::from(Strength::new(query.damping).unwrap().cost());
    let cost = ties.iter().map(|tie| u32::from(tie.0)).sum::<u32>();
    let steps = ties.len();
    Line {
        cost: cost + damping * (steps as u32 - 1),
        steps,
        nodes: nodes.to_vec(),
        ties,
    }
}
