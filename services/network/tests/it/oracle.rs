//! On small random worlds the service answers what a brute-force search over the visible ties does.
//! The oracle is written anew from the rules, without a line of the service.

use std::collections::{BTreeMap, BTreeSet};

use kith_shared::{
    ids::{AccountId, CircleId, PersonId},
    sharing::Sharing,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use skeleton_durable::Envelope;
use uuid::Uuid;

use crate::fixture::*;

const ACCOUNTS: usize = 4;
const PEOPLE: usize = 5;

/// A world of accounts, each with a book of people; some keys are common.
#[derive(Clone, Debug)]
struct Plan {
    /// Level of each account in the first and, where any, in the second circle.
    sharing: [[Option<Sharing>; ACCOUNTS]; 2],
    /// Key of each account's verified address, and each person's keys.
    account_keys: [Option<u8>; ACCOUNTS],
    person_keys: [[Option<u8>; PEOPLE]; ACCOUNTS],
    /// Mails each way with the owner.
    mails: [[u32; PEOPLE]; ACCOUNTS],
    /// Small-group mails between two persons of a book.
    pairs: [[(usize, usize, u32); 4]; ACCOUNTS],
}

fn any_sharing() -> impl Strategy<Value = Option<Sharing>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(Sharing::Hidden)),
        1 => Just(Some(Sharing::Organisation)),
        3 => Just(Some(Sharing::Name)),
    ]
}

fn any_plan() -> impl Strategy<Value = Plan> {
    use proptest::array::{uniform2, uniform4, uniform5};
    let keys = || proptest::option::weighted(0.7, 0..7u8);
    (
        uniform2(uniform4(any_sharing())),
        uniform4(proptest::option::weighted(0.5, 0..7u8)),
        uniform4(uniform5(keys())),
        uniform4(uniform5(prop_oneof![Just(0u32), 1..9u32])),
        uniform4(uniform4((0..PEOPLE, 0..PEOPLE, 0..9u32))),
    )
        .prop_map(|(sharing, account_keys, person_keys, mails, pairs)| {
            let mut account_keys = account_keys;
            // A verified address belongs to one account.
            let mut seen = BTreeSet::new();
            for key in &mut account_keys {
                if key.is_some_and(|key| !seen.insert(key)) {
                    *key = None;
                }
            }
            Plan {
                sharing,
                account_keys,
                person_keys,
                mails,
                pairs,
            }
        })
}

struct Ids {
    accounts: [AccountId; ACCOUNTS],
    people: [[PersonId; PEOPLE]; ACCOUNTS],
    circles: [CircleId; 2],
}

impl Ids {
    fn new() -> Self {
        Self {
            accounts: std::array::from_fn(|_| AccountId::generate()),
            people: std::array::from_fn(|_| std::array::from_fn(|_| PersonId::generate())),
            circles: [CircleId::generate(), CircleId::generate()],
        }
    }
}

fn events(plan: &Plan, ids: &Ids) -> Vec<Envelope> {
    let mut said = Vec::new();
    for (number, circle_id) in ids.circles.iter().enumerate() {
        let members = (0..ACCOUNTS).filter_map(|of| {
            Some(member(
                ids.accounts[of],
                &format!("Account {of}"),
                plan.sharing[number][of]?,
            ))
        });
        said.push(seal(&circle(*circle_id, 1, members.collect())));
    }
    for of in 0..ACCOUNTS {
        let owner = ids.accounts[of];
        let key = plan.account_keys[of].map(|key| format!("k{key}"));
        let keys: Vec<(&str, bool)> = key.iter().map(|key| (key.as_str(), true)).collect();
        said.push(seal(&account(owner, &format!("Account {of}"), &keys)));
        for index in 0..PEOPLE {
            let id = ids.people[of][index];
            let key = plan.person_keys[of][index].map(|key| format!("k{key}"));
            let keys: Vec<&str> = key.iter().map(String::as_str).collect();
            said.push(seal(
                &person(owner, id, &format!("P{of}.{index}")).keyed(&keys),
            ));
            said.push(seal(&wrote(owner, id, plan.mails[of][index])));
        }
        let mut seen = BTreeSet::new();
        for (a, b, count) in plan.pairs[of] {
            if a != b && seen.insert((a.min(b), a.max(b))) {
                said.push(seal(&together(
                    owner,
                    ids.people[of][a],
                    ids.people[of][b],
                    count,
                )));
            }
        }
    }
    said
}

/// What `viewer` may see, by the rules: classes of humans and the strongest tie of each pair.
struct Oracle {
    class: BTreeMap<Uuid, usize>,
    ties: BTreeMap<(usize, usize), f64>,
}

impl Oracle {
    fn new(plan: &Plan, ids: &Ids, viewer: usize) -> Self {
        let circles: Vec<usize> = (0..2)
            .filter(|c| plan.sharing[*c][viewer].is_some())
            .collect();
        let member = |circle: usize, of: usize| plan.sharing[circle][of].is_some();
        // How much of each book is seen, and through which circles its names are.
        let level = |of: usize| {
            if of == viewer {
                return Sharing::Name;
            }
            circles
                .iter()
                .filter_map(|c| plan.sharing[*c][of])
                .max()
                .unwrap_or_default()
        };
        let mut humans: Vec<BTreeSet<Uuid>> = Vec::new();
        for of in 0..ACCOUNTS {
            if of == viewer || circles.iter().any(|c| member(*c, of)) {
                humans.push(BTreeSet::from([ids.accounts[of].0]));
            }
            if level(of) > Sharing::Hidden {
                humans.extend(ids.people[of].iter().map(|id| BTreeSet::from([id.0])));
            }
        }
        let mut join = |a: Uuid, b: Uuid| {
            let Some(one) = humans.iter().position(|human| human.contains(&a)) else {
                return;
            };
            let Some(other) = humans.iter().position(|human| human.contains(&b)) else {
                return;
            };
            if one != other {
                let moved = humans.remove(one.max(other));
                humans[one.min(other)].extend(moved);
            }
        };
        let own_group = [None];
        for group in circles.iter().map(|c| Some(*c)).chain(own_group) {
            for key in 0..7u8 {
                let mut holders = Vec::new();
                for of in 0..ACCOUNTS {
                    let here = group.map_or(of == viewer, |circle| member(circle, of));
                    if here && plan.account_keys[of] == Some(key) {
                        holders.push(ids.accounts[of].0);
                    }
                    let named = of == viewer
                        || group.is_some_and(|c| plan.sharing[c][of] == Some(Sharing::Name));
                    if here && named {
                        let of_book: Vec<Uuid> = (0..PEOPLE)
                            .filter(|index| plan.person_keys[of][*index] == Some(key))
                            .map(|index| ids.people[of][index].0)
                            .collect();
                        if of_book.len() == 1 {
                            holders.extend(of_book);
                        }
                    }
                }
                for pair in holders.windows(2) {
                    join(pair[0], pair[1]);
                }
            }
        }
        let class: BTreeMap<Uuid, usize> = humans
            .iter()
            .enumerate()
            .flat_map(|(class, human)| human.iter().map(move |id| (*id, class)))
            .collect();
        let mut ties = BTreeMap::new();
        let mut tie = |a: Uuid, b: Uuid, strength: f64| {
            if let (Some(&a), Some(&b)) = (class.get(&a), class.get(&b))
                && a != b
                && strength > 0.0
            {
                let kept: &mut f64 = ties.entry((a.min(b), a.max(b))).or_default();
                *kept = kept.max(strength);
            }
        };
        let fade = (-7.0_f64 / 540.0).exp2();
        for of in (0..ACCOUNTS).filter(|of| level(*of) > Sharing::Hidden) {
            for index in 0..PEOPLE {
                let count = f64::from(plan.mails[of][index]) * fade;
                let two_way = 0.9 * (1.0 - (-2.0 * count / 6.0).exp());
                let any = 0.24 * (1.0 - (-2.0 * count / 10.0).exp());
                let strength = 1.0 - (1.0 - two_way) * (1.0 - any);
                tie(ids.accounts[of].0, ids.people[of][index].0, strength);
            }
            let mut seen = BTreeSet::new();
            for (a, b, count) in plan.pairs[of] {
                if a != b && seen.insert((a.min(b), a.max(b))) {
                    let strength = 0.4 * (1.0 - (-f64::from(count) * fade / 6.0).exp());
                    tie(ids.people[of][a].0, ids.people[of][b].0, strength);
                }
            }
        }
        for &circle in &circles {
            for a in 0..ACCOUNTS {
                for b in a + 1..ACCOUNTS {
                    if member(circle, a) && member(circle, b) {
                        tie(ids.accounts[a].0, ids.accounts[b].0, 0.5);
                    }
                }
            }
        }
        Self { class, ties }
    }

    /// The scores of all simple paths of at most six steps, best first.
    fn scores(&self, from: Uuid, to: Uuid) -> Option<Vec<f64>> {
        let (&from, &to) = (self.class.get(&from)?, self.class.get(&to)?);
        let mut scores = Vec::new();
        if from != to {
            self.extend(&mut vec![from], 1.0, to, &mut scores);
        }
        scores.sort_by(|a, b| b.total_cmp(a));
        Some(scores)
    }

    fn extend(&self, walked: &mut Vec<usize>, score: f64, to: usize, scores: &mut Vec<f64>) {
        let at = walked[walked.len() - 1];
        if at == to {
            scores.push(score);
            return;
        }
        if walked.len() == 7 {
            return;
        }
        for (&(a, b), strength) in &self.ties {
            let next = if a == at { b } else { a };
            if (a == at || b == at) && !walked.contains(&next) {
                let damping = if walked.len() > 1 { 0.8 } else { 1.0 };
                walked.push(next);
                self.extend(walked, score * strength * damping, to, scores);
                walked.pop();
            }
        }
    }
}

async fn compare(plan: Plan) -> Result<(), TestCaseError> {
    let ids = Ids::new();
    let network = Network::start().await;
    network.told(&events(&plan, &ids)).await;
    for viewer in 0..ACCOUNTS {
        let oracle = Oracle::new(&plan, &ids, viewer);
        let asker = ids.accounts[viewer];
        for of in 0..ACCOUNTS {
            for to in ids.people[of] {
                let answer = network
                    .client
                    .as_account(asker.0)
                    .get(&format!("/api/v1/paths?to={to}"))
                    .await;
                let Some(expected) = oracle.scores(asker.0, to.0) else {
                    prop_assert_eq!(answer.status.as_u16(), 404, "{} sees {}", viewer, of);
                    continue;
                };
                let answer: serde_json::Value = answer.json();
                let items = answer["items"].as_array().unwrap();
                let scores: Vec<f64> = items
                    .iter()
                    .map(|path| path["score"].as_f64().unwrap())
                    .collect();
                prop_assert_eq!(scores.len(), expected.len().min(5));
                for (got, wanted) in scores.iter().zip(&expected) {
                    // The search rounds costs; the scores it answers are exact.
                    prop_assert!((got / wanted - 1.0).abs() < 2e-3, "{scores:?} {expected:?}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn the_answer_is_that_of_a_brute_force_search_over_the_visible_ties() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 24,
        ..Config::default()
    });
    runner
        .run(&any_plan(), |plan| runtime.block_on(compare(plan)))
        .unwrap();
}
