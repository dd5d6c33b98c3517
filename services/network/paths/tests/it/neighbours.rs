//! Neighbours against the definition.

use kith_paths::Scratch;
use proptest::prelude::*;

use crate::oracle::visible_pairs;
use crate::small::{NODES, filter, graph, ties};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn neighbours_are_the_visible_pairs_strongest_first(
        ties in ties(),
        filter in filter(),
        limit in 0_usize..10,
    ) {
        let snapshot = graph(&ties).snapshot();
        let pairs = visible_pairs(&ties, &filter);
        let mut scratch = Scratch::default();
        for node in 0..NODES {
            let mut expected: Vec<_> = pairs
                .range((node, 0)..=(node, u32::MAX))
                .map(|(&(_, other), &(cost, owner, private))| (cost, other, owner, private))
                .collect();
            expected.sort_unstable();
            expected.truncate(limit);
            let found = snapshot.neighbours(node, &filter, limit, &mut scratch).unwrap();
            let found: Vec<_> = found
                .iter()
                .map(|n| (n.step.strength.cost(), n.node, n.step.owner, n.step.private))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
