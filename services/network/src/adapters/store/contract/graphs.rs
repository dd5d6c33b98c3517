//! What a store says changed is enough to bring a graph up to date: it equals one built anew.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kith_paths::{Filter, OwnerSet, Scratch};
use kith_shared::{
    events::ingest::{Connection, Employment, PersonState},
    ids::{AccountId, CircleId, PersonId},
};

use uuid::Uuid;

use super::*;
use crate::{application::graph_build::ScopeGraph, domain::scope::Scope};

const TODAY: Date = jiff::civil::date(2026, 6, 1);
const STEPS: usize = 120;

pub(super) async fn suite(store: &dyn Store) {
    for seed in 1..=2 {
        a_graph_brought_up_to_date_is_the_graph_built_anew(store, seed).await;
    }
}

/// The same numbers every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % end as u64) as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// Three books, changed at random.
struct Books {
    random: Random,
    owners: Vec<AccountId>,
    persons: Vec<Person>,
    versions: i64,
}

impl Books {
    fn person(&mut self) -> Person {
        let owner = self.random.one(&self.owners.clone());
        let mut new = person(owner, PersonId::generate(), 0, PersonState::Active);
        new.keys.clear();
        new.aliases.clear();
        if self.random.below(2) == 0 {
            let shared = self.random.below(4) == 0;
            let key = if shared {
                self.random.below(6)
            } else {
                1000 + self.random.below(1_000_000)
            };
            new.keys.push(KeyHash(format!("{key}")));
        }
        new
    }

    fn put(&mut self, mut person: Person) -> Write {
        self.versions += 1;
        person.version = self.versions;
        self.persons.retain(|known| known.id != person.id);
        self.persons.push(person.clone());
        Write::PutPerson(person)
    }

    fn mail(&mut self, owner: AccountId, a: PersonId, b: Option<PersonId>) -> Write {
        self.versions += 1;
        let (a, b) = b.map_or((a, None), |b| (a.min(b), Some(a.max(b))));
        let mut pair = mail(owner, a, b, self.versions);
        match self.random.below(5) {
            0 => pair.buckets.clear(),
            _ => {
                pair.buckets[0].group_size = GroupSize::Small;
                pair.buckets[0].sent = self.random.below(9) as u32;
                pair.buckets[0].received = self.random.below(9) as u32 + 1;
            }
        }
        Write::PutInteractions(pair)
    }

    fn change(&mut self) -> Vec<Write> {
        let place = self.random.below(self.persons.len());
        let mut known = self.persons[place].clone();
        match self.random.below(24) {
            0..9 => vec![self.mail(known.owner, known.id, None)],
            9..14 => {
                let others = self
                    .persons
                    .iter()
                    .filter(|other| other.owner == known.owner);
                let others: Vec<PersonId> = others
                    .map(|other| other.id)
                    .filter(|id| *id != known.id)
                    .collect();
                match others.is_empty() {
                    true => Vec::new(),
                    false => {
                        let other = self.random.one(&others);
                        vec![self.mail(known.owner, known.id, Some(other))]
                    }
                }
            }
            14..17 => {
                let organisation = format!("Organisation {}", self.random.below(4));
                let current = self.random.below(2) == 0;
                known.employments = vec![Employment {
                    organisation,
                    title: None,
                    current,
                }];
                vec![self.put(known)]
            }
            17..19 => {
                let source = self.random.one(&["linkedin", "google", "you"]).to_owned();
                known.connections = vec![Connection {
                    source,
                    class: None,
                    since: None,
                }];
                vec![self.put(known)]
            }
            19..21 => {
                let new = self.person();
                vec![self.put(new.clone()), self.mail(new.owner, new.id, None)]
            }
            21 => {
                // Mail with somebody is there before it is.
                let mut new = self.person();
                new.owner = known.owner;
                let early = self.mail(new.owner, new.id, Some(known.id));
                self.persons.push(new);
                vec![early]
            }
            22 => {
                known.keys = vec![KeyHash(format!("{}", self.random.below(6)))];
                vec![self.put(known)]
            }
            _ => {
                let into = self.random.one(
                    &self
                        .persons
                        .iter()
                        .map(|p| (p.id, p.owner))
                        .collect::<Vec<_>>(),
                );
                if into.0 == known.id || into.1 != known.owner || known.state != PersonState::Active
                {
                    return Vec::new();
                }
                known.state = PersonState::Merged { into: into.0 };
                let write = self.put(known);
                vec![write]
            }
        }
    }
}

/// Everything that a graph says, by ids.
fn told(graph: &ScopeGraph) -> BTreeSet<String> {
    let all = |human: u32| -> BTreeSet<Uuid> {
        let members = graph.members(human).iter();
        members.map(|member| member.id).collect()
    };
    let name = |human: u32| all(human).first().copied().unwrap();
    let filter = Filter {
        owners: OwnerSet::all(),
        ..Filter::default()
    };
    let mut told = BTreeSet::new();
    for human in 0..graph.human_count() {
        told.insert(format!("is {:?}", all(human)));
        let near = graph
            .snapshot
            .neighbours(human, &filter, 10_000, &mut Scratch::default());
        for tie in near.unwrap() {
            let (step, ends) = (tie.step, (name(human), name(tie.node)));
            let cost = step.strength.cost();
            told.insert(format!("tie {ends:?} by {} of {cost}", step.owner));
        }
    }
    for organisation in 0..4 {
        let workers = graph.workers(&format!("organisation {organisation}"));
        for (when, list) in [("now", workers.current), ("once", workers.former)] {
            for human in list {
                told.insert(format!("at {organisation} {when} {}", name(human)));
            }
        }
    }
    told
}

async fn a_graph_brought_up_to_date_is_the_graph_built_anew(store: &dyn Store, seed: u64) {
    let owners: Vec<AccountId> = (0..3).map(|_| AccountId::generate()).collect();
    let members = owners.iter().map(|account_id| CircleMember {
        account_id: *account_id,
        display_name: "Somebody".into(),
        since: Timestamp::UNIX_EPOCH,
        sharing: Sharing::Name,
        exceptions: Vec::new(),
    });
    let circle = Circle {
        id: CircleId::generate(),
        version: 1,
        name: "Alumni".into(),
        members: members.collect(),
    };
    let scope = Scope::of(owners[0], vec![circle], &BTreeSet::new());
    let mut books = Books {
        random: Random(seed),
        owners: owners.clone(),
        persons: Vec::new(),
        versions: 0,
    };
    let first: Vec<Write> = (0..15)
        .map(|_| {
            let new = books.person();
            books.put(new)
        })
        .collect();
    write(store, first).await.unwrap();
    let mut before = store.standings(&owners).await.unwrap();
    let mut graph = ScopeGraph::build(store, &scope, TODAY).await.unwrap();
    let (mut taken_over, mut built) = (0, 0);
    for step in 0..STEPS {
        write(store, books.change()).await.unwrap();
        let now = store.standings(&owners).await.unwrap();
        let anew = ScopeGraph::build(store, &scope, TODAY).await.unwrap();
        match graph.succeeded(store, &scope, &before, &now).await.unwrap() {
            Some(next) => {
                taken_over += 1;
                let (next_told, anew_told) = (told(&next), told(&anew));
                let different: Vec<_> = next_told.symmetric_difference(&anew_told).collect();
                assert!(
                    different.is_empty(),
                    "seed {seed}, step {step}: {different:#?}"
                );
                graph = next;
            }
            None => {
                built += 1;
                graph = anew;
            }
        }
        before = now;
    }
    assert!(
        taken_over > built * 3 && built > 0,
        "{taken_over} and {built}"
    );
}
