//! Distances against a plain breadth-first search.

use std::collections::VecDeque;

use kith_paths::Scratch;
use proptest::prelude::*;

use crate::oracle::{Pairs, visible_pairs};
use crate::small::{NODES, filter, graph, ties};

fn steps_between(pairs: &Pairs, from: u32, to: u32) -> Option<usize> {
    let mut steps = vec![None; NODES as usize];
    steps[from as usize] = Some(0);
    let mut queue = VecDeque::from([from]);
    while let Some(node) = queue.pop_front() {
        for (&(_, next), _) in pairs.range((node, 0)..=(node, u32::MAX)) {
            if steps[next as usize].is_none() {
                steps[next as usize] = steps[node as usize].map(|steps| steps + 1);
                queue.push_back(next);
            }
        }
    }
    steps[to as usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_distance_is_that_of_a_plain_search_and_its_path_is_real(
        ties in ties(),
        filter in filter(),
    ) {
        let snapshot = graph(&ties).snapshot();
        let pairs = visible_pairs(&ties, &filter);
        let mut scratch = Scratch::default();
        for (from, to) in (0..NODES).flat_map(|from| (0..NODES).map(move |to| (from, to))) {
            let found = snapshot.distance(from, to, &filter, &mut scratch).unwrap();
            let excluded = [from, to].iter().any(|node| filter.excluded_nodes.contains(node));
            let expected = steps_between(&pairs, from, to).filter(|_| !excluded);
            prop_assert_eq!(found.as_ref().map(|nodes| nodes.len() - 1), expected);
            if let Some(nodes) = found {
                prop_assert_eq!((nodes[0], nodes[nodes.len() - 1]), (from, to));
                prop_assert!(nodes.windows(2).all(|pair| pairs.contains_key(&(pair[0], pair[1]))));
            }
        }
    }
}
