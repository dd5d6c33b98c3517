//! What bounds a query: its limits, and the fallback.

use kith_paths::{
    Filter, Graph, MAX_COUNT, MAX_EXCLUSIONS, OwnerSet, Query, QueryError, Scratch, Strength, Tie,
    TieKey,
};

fn tie(a: u32, b: u32, cost: u16) -> Tie {
    Tie {
        a,
        b,
        owner: 0,
        strength: Strength::from_cost(cost),
        private: false,
    }
}

fn filter() -> Filter {
    Filter::new(0, OwnerSet::default())
}

/// Asker 0, hub 1, target 2, and a clique that has no other exit than the hub: the best walks go
/// round in it, and no path does.
fn trap(clique: u32) -> Vec<Tie> {
    let mut ties = vec![tie(0, 1, 0), tie(1, 2, 0)];
    for node in 3..3 + clique {
        ties.push(tie(1, node, 0));
        ties.extend((3..node).map(|other| tie(node, other, 0)));
    }
    ties
}

#[test]
fn a_trap_of_walks_that_are_no_paths_ends_in_the_fallback_and_an_exact_answer() {
    let snapshot = Graph::from_ties(203, &trap(200)).unwrap().snapshot();
    let query = Query {
        damping: 1.0,
        ..Query::new(0, vec![2], filter())
    };
    let answer = snapshot
        .best_paths(&query, &mut Scratch::default())
        .unwrap();
    assert!(!answer.approximate);
    let nodes: Vec<_> = answer.paths.iter().map(|path| path.nodes.clone()).collect();
    assert_eq!(nodes, [[0, 1, 2]]);
}

#[test]
fn a_spent_work_limit_is_owned_up_to_and_what_was_found_is_kept() {
    let snapshot = Graph::from_ties(203, &trap(200)).unwrap().snapshot();
    let mut scratch = Scratch::default();
    for (work_limit, paths) in [(0, 0), (100_000, 1), (1_000_100, 1)] {
        let query = Query {
            damping: 1.0,
            work_limit,
            ..Query::new(0, vec![2], filter())
        };
        let answer = snapshot.best_paths(&query, &mut scratch).unwrap();
        assert!(answer.approximate, "{work_limit}");
        assert_eq!(answer.paths.len(), paths, "{work_limit}");
    }
}

#[test]
fn equal_strengths_everywhere_are_put_in_order_by_their_nodes() {
    let pairs = (0..60).flat_map(|a| (0..a).map(move |b| (a, b)));
    let ties: Vec<Tie> = pairs
        .filter(|&pair| pair != (59, 0))
        .map(|(a, b)| tie(a, b, 900))
        .collect();
    let snapshot = Graph::from_ties(60, &ties).unwrap().snapshot();
    let query = Query {
        count: MAX_COUNT,
        ..Query::new(0, vec![59], filter())
    };
    let answer = snapshot
        .best_paths(&query, &mut Scratch::default())
        .unwrap();
    let expected: Vec<_> = (1..=MAX_COUNT as u32)
        .map(|middle| vec![0, middle, 59])
        .collect();
    let nodes: Vec<_> = answer.paths.into_iter().map(|path| path.nodes).collect();
    assert_eq!(nodes, expected);
}

#[test]
fn a_question_out_of_bounds_is_refused_by_name() {
    let snapshot = Graph::from_ties(3, &trap(0)).unwrap().snapshot();
    let good = Query::new(0, vec![2], filter());
    let key = TieKey::new(0, 1, 0);
    let excluding = Filter {
        excluded_ties: vec![key; MAX_EXCLUSIONS + 1],
        ..filter()
    };
    let cases = [
        (
            Query {
                count: 0,
                ..good.clone()
            },
            QueryError::Count(0),
        ),
        (
            Query {
                count: MAX_COUNT + 1,
                ..good.clone()
            },
            QueryError::Count(MAX_COUNT + 1),
        ),
        (
            Query {
                max_steps: 7,
                ..good.clone()
            },
            QueryError::MaxSteps(7),
        ),
        (
            Query {
                damping: 0.0,
                ..good.clone()
            },
            QueryError::Damping(0.0),
        ),
        (
            Query {
                targets: vec![2, 3],
                ..good.clone()
            },
            QueryError::UnknownNode {
                node: 3,
                node_count: 3,
            },
        ),
        (
            Query {
                filter: excluding,
                ..good
            },
            QueryError::Exclusions(MAX_EXCLUSIONS + 1),
        ),
    ];
    for (query, expected) in cases {
        let mut scratch = Scratch::default();
        assert_eq!(
            snapshot.best_paths(&query, &mut scratch).err(),
            Some(expected)
        );
    }
}
