//! Large graphs: no difference from an independent library, a layered Bellman–Ford and the
//! fallback allowed.

use std::collections::BTreeMap;
use std::io::Read;

use kith_paths::{Answer, Filter, Graph, OwnerSet, Query, Scratch, Strength, Tie};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::generate::{preferential, uniform};
use crate::oracle::{Line, Pairs, visible_pairs};

const FACEBOOK: &[u8] = include_bytes!("../../testdata/facebook_combined.txt.gz");
const FACEBOOK_NODES: u32 = 4_039;

/// The real graph with generated strengths; every fifth pair has a second owner, some are private.
fn facebook(random: &mut SmallRng) -> Vec<Tie> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(FACEBOOK)
        .read_to_string(&mut text)
        .unwrap();
    let mut ties = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (a, b) = line.split_once(' ').unwrap();
        for owner in 0..1 + u16::from(random.random_bool(0.2)) {
            let (a, b) = (a.parse().unwrap(), b.parse().unwrap());
            let private = random.random_bool(0.05);
            ties.push(Tie {
                a,
                b,
                owner: owner + 1,
                strength: uniform(random),
                private,
            });
        }
    }
    ties
}

fn random_queries(nodes: u32, owners: u16, count: usize, random: &mut SmallRng) -> Vec<Query> {
    let node = |random: &mut SmallRng| random.random_range(0..nodes);
    let one = |_| {
        let targets = (0..random.random_range(1..4))
            .map(|_| node(random))
            .collect();
        let visible = (0..=owners).filter(|_| random.random_bool(0.7)).collect();
        let mut filter = Filter::new(random.random_range(0..=owners), visible);
        filter.excluded_nodes = (0..5).map(|_| node(random)).collect();
        let damping = if random.random_bool(0.8) { 0.8 } else { 1.0 };
        let max_steps = random.random_range(3..7);
        Query {
            damping,
            max_steps,
            ..Query::new(node(random), targets, filter)
        }
    };
    (0..count).map(one).collect()
}

fn lines(answer: &Answer) -> Vec<Line> {
    assert!(!answer.approximate);
    answer.paths.iter().map(Line::from).collect()
}

/// The least cost from `query.from` to a target over exactly 1, 2, … steps, damping included.
fn bellman_ford(pairs: &Pairs, nodes: u32, query: &Query) -> Option<u32> {
    let damping = u32::from(Strength::new(query.damping).unwrap().cost());
    let mut costs = vec![None; nodes as usize];
    costs[query.from as usize] = Some(0);
    let mut best: Option<u32> = None;
    for step in 0..query.max_steps {
        let mut next: Vec<Option<u32>> = vec![None; nodes as usize];
        let penalty = if step == 0 { 0 } else { damping };
        for (&(from, to), &(cost, _, _)) in pairs {
            if let Some(before) = costs[from as usize] {
                let total = before + u32::from(cost) + penalty;
                let kept = next[to as usize].get_or_insert(total);
                *kept = total.min(*kept);
            }
        }
        costs = next;
        let targets = query.targets.iter().filter(|&&target| target != query.from);
        let reached = targets.filter_map(|&target| costs[target as usize]).min();
        best = [best, reached].into_iter().flatten().min();
    }
    best
}

fn agrees_with_bellman_ford_and_the_fallback(nodes: u32, owners: u16, ties: &[Tie], seed: u64) {
    let random = &mut SmallRng::seed_from_u64(seed);
    let snapshot = Graph::from_ties(nodes, ties).unwrap().snapshot();
    let mut scratch = Scratch::default();
    let mut answered = 0;
    for query in random_queries(nodes, owners, 60, random) {
        let found = lines(&snapshot.best_paths(&query, &mut scratch).unwrap());
        let simple = snapshot.best_paths_by_yen(&query, &mut scratch).unwrap();
        assert_eq!(found, lines(&simple), "{query:?}");
        let pairs = visible_pairs(ties, &query.filter);
        let best = bellman_ford(&pairs, nodes, &query);
        assert_eq!(found.first().map(|line| line.cost), best, "{query:?}");
        answered += usize::from(best.is_some());
    }
    assert!(
        answered > 30,
        "most questions must have an answer, {answered} had"
    );
}

#[test]
fn a_real_graph_gives_what_bellman_ford_and_the_fallback_give() {
    let ties = facebook(&mut SmallRng::seed_from_u64(1));
    agrees_with_bellman_ford_and_the_fallback(FACEBOOK_NODES, 2, &ties, 2);
}

#[test]
fn a_graph_with_hubs_gives_what_bellman_ford_and_the_fallback_give() {
    let ties = preferential(6_000, 60_000, 4, 3);
    agrees_with_bellman_ford_and_the_fallback(6_000, 4, &ties, 4);
}

#[test]
fn a_sparse_graph_gives_what_bellman_ford_and_the_fallback_give() {
    let ties = preferential(2_000, 3_500, 1, 5);
    agrees_with_bellman_ford_and_the_fallback(2_000, 1, &ties, 6);
}

#[test]
fn a_real_graph_gives_what_an_independent_library_gives() {
    let random = &mut SmallRng::seed_from_u64(7);
    let ties = facebook(random);
    let snapshot = Graph::from_ties(FACEBOOK_NODES, &ties).unwrap().snapshot();
    let filter = Filter::new(1, OwnerSet::all());
    let mut rows: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    let damping = u32::from(Strength::new(kith_paths::DEFAULT_DAMPING).unwrap().cost());
    for ((from, to), (cost, _, _)) in visible_pairs(&ties, &filter) {
        rows.entry(from)
            .or_default()
            .push((to, u32::from(cost) + damping));
    }
    let mut compared = 0;
    for _ in 0..10 {
        let (from, to) = (
            random.random_range(0..FACEBOOK_NODES),
            random.random_range(0..FACEBOOK_NODES),
        );
        let query = Query {
            count: 4,
            ..Query::new(from, vec![to], filter.clone())
        };
        let found = lines(
            &snapshot
                .best_paths(&query, &mut Scratch::default())
                .unwrap(),
        );
        let theirs = pathfinding::prelude::yen(
            &from,
            |node| rows.get(node).cloned().unwrap_or_default(),
            |node| *node == to,
            4,
        );
        // It knows no step limit: what of its best keeps to ours must be the first of ours.
        let theirs = theirs
            .iter()
            .filter(|(nodes, _)| nodes.len() <= 7 && nodes.len() > 1);
        let theirs: Vec<u32> = theirs.map(|(_, cost)| cost - damping).collect();
        let ours: Vec<u32> = found
            .iter()
            .map(|line| line.cost)
            .take(theirs.len())
            .collect();
        assert_eq!(ours, theirs, "{from} to {to}");
        compared += theirs.len();
    }
    assert!(
        compared > 20,
        "most paths must be comparable, {compared} were"
    );
}
