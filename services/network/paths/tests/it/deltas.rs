//! Live changes: a graph changed step by step equals one built at once.

use std::collections::BTreeMap;

use kith_paths::{Graph, GraphError, Scratch, Strength, Tie, TieKey};
use proptest::prelude::*;

use crate::oracle::{Line, best_paths};
use crate::small::{NODES, filter, query, tie, ties};

#[derive(Clone, Debug)]
enum Change {
    Put(Tie),
    Remove(Tie),
    Publish,
    Merge,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => tie().prop_map(Change::Put),
        4 => tie().prop_map(Change::Remove),
        2 => Just(Change::Publish),
        1 => Just(Change::Merge),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_graph_changed_in_any_order_answers_like_one_rebuilt(
        initial in ties(),
        changes in prop::collection::vec(change(), 0..60),
        query in query(),
    ) {
        let mut graph = Graph::from_ties(NODES, &initial).unwrap();
        let mut model: BTreeMap<TieKey, Tie> = initial.iter().map(|tie| (tie.key(), *tie)).collect();
        let mut published = Vec::new();
        for change in changes {
            match change {
                Change::Put(tie) => {
                    graph.put(tie).unwrap();
                    model.insert(tie.key(), tie);
                }
                Change::Remove(tie) => {
                    prop_assert_eq!(graph.remove(tie.key()), model.remove(&tie.key()).is_some());
                }
                Change::Publish => published.push((graph.snapshot(), model.clone())),
                Change::Merge => graph.merge(),
            }
        }
        published.push((graph.snapshot(), model));
        // Readers keep what they hold, whatever was written since.
        for (snapshot, model) in published {
            let ties: Vec<Tie> = model.into_values().collect();
            prop_assert_eq!(snapshot.tie_count(), ties.len());
            let answer = snapshot.best_paths(&query, &mut Scratch::default()).unwrap();
            let lines: Vec<Line> = answer.paths.iter().map(Line::from).collect();
            prop_assert_eq!(&lines, &best_paths(&ties, &query));
        }
    }

    #[test]
    fn the_order_of_puts_and_of_the_ends_does_not_matter(
        (ordered, shuffled) in ties().prop_flat_map(|ties| {
            let latest: BTreeMap<_, _> = ties.into_iter().map(|tie| (tie.key(), tie)).collect();
            let ties: Vec<Tie> = latest.into_values().collect();
            (Just(ties.clone()), Just(ties).prop_shuffle())
        }),
        filter in filter(),
    ) {
        let mut changed = Graph::from_ties(NODES, &[]).unwrap();
        for tie in shuffled {
            changed.put(Tie { a: tie.b, b: tie.a, ..tie }).unwrap();
        }
        let (changed, built) =
            (changed.snapshot(), Graph::from_ties(NODES, &ordered).unwrap().snapshot());
        let mut scratch = Scratch::default();
        for node in 0..NODES {
            let neighbours = changed.neighbours(node, &filter, 100, &mut scratch);
            prop_assert_eq!(neighbours, built.neighbours(node, &filter, 100, &mut scratch));
        }
    }
}

fn tie_of(a: u32, b: u32) -> Tie {
    Tie {
        a,
        b,
        owner: 0,
        strength: Strength::from_cost(7),
        private: false,
    }
}

#[test]
fn people_added_later_take_part() {
    let mut graph = Graph::default();
    let before = graph.snapshot();
    let people: Vec<u32> = (0..600).map(|_| graph.add_node().unwrap()).collect();
    assert_eq!((people[0], people[599], before.node_count()), (0, 599, 0));
    graph.put(tie_of(3, 599)).unwrap();
    let filter = kith_paths::Filter::new(0, kith_paths::OwnerSet::default());
    let mut scratch = Scratch::default();
    let path = graph
        .snapshot()
        .distance(3, 599, &filter, &mut scratch)
        .unwrap();
    assert_eq!(path, Some(vec![3, 599]));
    graph.merge();
    let path = graph
        .snapshot()
        .distance(599, 3, &filter, &mut scratch)
        .unwrap();
    assert_eq!(path, Some(vec![599, 3]));
}

#[test]
fn the_overlay_is_merged_by_itself_and_memory_stays_in_bounds() {
    let mut graph = Graph::from_ties(2_000, &[]).unwrap();
    for round in 0..20_u32 {
        for node in 0..2_000 {
            graph.put(tie_of(node, (node + 1 + round) % 2_000)).unwrap();
        }
    }
    let ties = graph.snapshot().tie_count();
    assert_eq!(ties, 40_000);
    let bytes_a_directed_tie = graph.bytes() as f64 / (2.0 * ties as f64);
    assert!(bytes_a_directed_tie < 16.0, "{bytes_a_directed_tie}");
}

#[test]
fn a_change_that_cannot_be_is_refused_and_changes_nothing() {
    let mut graph = Graph::from_ties(2, &[]).unwrap();
    assert_eq!(
        graph.put(tie_of(1, 1)),
        Err(GraphError::SelfTie { node: 1 })
    );
    let unknown = GraphError::UnknownNode {
        node: 2,
        node_count: 2,
    };
    assert_eq!(graph.put(tie_of(0, 2)), Err(unknown));
    assert!(!graph.remove(TieKey::new(0, u32::MAX, 0)));
    assert!(!graph.remove(TieKey::new(0, 1, 0)));
    assert_eq!(graph.snapshot().tie_count(), 0);
    assert_eq!(Graph::from_ties(2, &[tie_of(0, 2)]).err(), Some(unknown));
}
