//! Best paths on small graphs: no difference from the brute-force enumerator allowed.

use kith_paths::{Answer, Filter, Graph, OwnerSet, Query, Scratch, Strength, Tie, TieKey};
use proptest::prelude::*;

use crate::oracle::{Line, best_paths};
use crate::small::{graph, query, ties};

fn lines(answer: &Answer) -> Vec<Line> {
    assert!(
        !answer.approximate,
        "small graphs stay within the work limit"
    );
    answer.paths.iter().map(Line::from).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn best_paths_are_those_of_the_enumerator(
        ties in ties(),
        queries in prop::collection::vec(query(), 1..4),
    ) {
        let snapshot = graph(&ties).snapshot();
        // One scratch for all: nothing may leak from one query into the next.
        let mut scratch = Scratch::default();
        for query in queries {
            let expected = best_paths(&ties, &query);
            let fast = snapshot.best_paths(&query, &mut scratch).unwrap();
            prop_assert_eq!(lines(&fast), expected.clone(), "the fast search");
            let simple = snapshot.best_paths_by_yen(&query, &mut scratch).unwrap();
            prop_assert_eq!(lines(&simple), expected, "the fallback");
        }
    }
}

fn tie(a: u32, b: u32, owner: u16, strength: f64, private: bool) -> Tie {
    Tie {
        a,
        b,
        owner,
        strength: Strength::new(strength).unwrap(),
        private,
    }
}

fn ask(ties: &[Tie], query: &Query) -> Answer {
    Graph::from_ties(8, ties)
        .unwrap()
        .snapshot()
        .best_paths(query, &mut Scratch::default())
        .unwrap()
}

fn everything() -> Filter {
    Filter::new(0, OwnerSet::all())
}

#[test]
fn a_score_is_the_product_of_strengths_damped_for_each_further_step() {
    let ties = [
        tie(0, 1, 0, 0.5, false),
        tie(1, 2, 0, 0.9, false),
        tie(2, 3, 0, 0.7, false),
    ];
    let answer = ask(&ties, &Query::new(0, vec![3], everything()));
    let expected = 0.5 * 0.9 * 0.7 * 0.8 * 0.8;
    assert!((answer.paths[0].score / expected - 1.0).abs() < 1e-3);
    assert_eq!(answer.paths[0].nodes, [0, 1, 2, 3]);
}

#[test]
fn two_weak_owners_and_a_strong_one_make_one_path_over_the_strong_one() {
    let ties = [
        tie(0, 1, 1, 0.2, false),
        tie(0, 1, 2, 0.9, false),
        tie(0, 1, 3, 0.4, false),
    ];
    let answer = ask(&ties, &Query::new(0, vec![1], everything()));
    assert_eq!(answer.paths.len(), 1);
    assert_eq!(answer.paths[0].steps[0].owner, 2);
}

#[test]
fn a_private_tie_serves_its_owner_only() {
    let ties = [tie(0, 1, 5, 0.9, true)];
    let others = Query::new(0, vec![1], Filter::new(4, OwnerSet::all()));
    assert!(ask(&ties, &others).paths.is_empty());
    let owner = Query::new(0, vec![1], Filter::new(5, OwnerSet::default()));
    assert_eq!(ask(&ties, &owner).paths.len(), 1);
}

#[test]
fn the_next_best_way_is_found_when_a_tie_of_the_best_is_excluded() {
    let ties = [
        tie(0, 1, 0, 0.9, false),
        tie(0, 1, 1, 0.3, false),
        tie(0, 2, 0, 0.5, false),
        tie(2, 1, 0, 0.9, false),
    ];
    let mut query = Query::new(0, vec![1], everything());
    query.filter.excluded_ties.push(TieKey::new(1, 0, 0));
    let answer = ask(&ties, &query);
    assert_eq!(answer.paths[0].nodes, [0, 2, 1]);
    assert_eq!(answer.paths[1].steps[0].owner, 1);
}
