//! Random small graphs, filters and questions.

use kith_paths::{Filter, Graph, OwnerSet, Query, Strength, Tie, TieKey};
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) const NODES: u32 = 9;
const OWNERS: u16 = 4;

/// Costs that often tie, and costs that rarely do.
fn cost() -> impl Strategy<Value = u16> {
    prop_oneof![0_u16..4, Just(1_000), 0_u16..9_000, Just(u16::MAX)]
}

pub(crate) fn tie() -> impl Strategy<Value = Tie> {
    (
        0..NODES,
        1..NODES,
        0..OWNERS,
        cost(),
        prop::bool::weighted(0.25),
    )
        .prop_map(|(a, offset, owner, cost, private)| {
            let b = (a + offset) % NODES;
            Tie {
                a,
                b,
                owner,
                strength: Strength::from_cost(cost),
                private,
            }
        })
}

pub(crate) fn ties() -> impl Strategy<Value = Vec<Tie>> {
    prop_oneof![vec(tie(), 0..15), vec(tie(), 10..60)]
}

pub(crate) fn filter() -> impl Strategy<Value = Filter> {
    let key = (0..NODES, 0..NODES, 0..OWNERS).prop_map(|(a, b, owner)| TieKey::new(a, b, owner));
    let owners = prop_oneof![
        3 => Just(OwnerSet::all()),
        2 => vec(0..OWNERS, 0..4).prop_map(|owners| owners.into_iter().collect()),
    ];
    (
        prop::option::of(0..OWNERS),
        owners,
        vec(key, 0..6),
        vec(0..NODES, 0..2),
    )
        .prop_map(|(viewer, owners, excluded_ties, excluded_nodes)| Filter {
            viewer,
            owners,
            excluded_ties,
            excluded_nodes,
        })
}

pub(crate) fn query() -> impl Strategy<Value = Query> {
    let damping = prop_oneof![Just(0.8), Just(1.0), Just(0.3)];
    (
        0..NODES,
        vec(0..NODES, 0..4),
        filter(),
        1_usize..9,
        1_usize..7,
        damping,
    )
        .prop_map(|(from, targets, filter, count, max_steps, damping)| Query {
            count,
            max_steps,
            damping,
            ..Query::new(from, targets, filter)
        })
}

pub(crate) fn graph(ties: &[Tie]) -> Graph {
    Graph::from_ties(NODES, ties).unwrap()
}
