//! Builds the graph of a scope by streaming the store: page by page, so that memory holds the
//! graph and one page, and others get their turn between two pages.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use jiff::civil::Date;
use kith_paths::{Filter, Graph, OwnerSet, Scratch, Snapshot, Strength, Tie};
use kith_shared::{
    ids::{AccountId, PersonId},
    keys::KeyHash,
};
use skeleton_durable::commit::CommitError;
use uuid::Uuid;

use super::people::marks_of_all;
use crate::{
    domain::{
        organisation,
        records::{Marks, Person},
        scope::{Scope, ScopeKey},
        world::{Member, World, WorldBuilder},
    },
    ports::Store,
};

/// Rows read at once.
const PAGE: u32 = 2000;

/// The graph of a scope, immutable. What it says is a hint: the store has the last word. Its
/// successors share with it what did not change.
#[derive(Clone, Debug)]
pub struct ScopeGraph {
    pub key: ScopeKey,
    /// The day that its strengths are of.
    pub day: Date,
    /// What the engine searches.
    pub snapshot: Arc<Snapshot>,
    people: Arc<People>,
    /// Normalised organisation: humans who are there now, and who were.
    workplaces: Arc<HashMap<String, Workers>>,
    /// People who are missing so far: whoever of them comes brings ties along that are kept already.
    missing: Arc<HashSet<Uuid>>,
    /// By what exceptions meant persons when it was built; when they mean others it is built anew.
    pub(crate) marks: Arc<BTreeMap<PersonId, Marks>>,
}

/// Who is in a graph.
#[derive(Clone, Debug)]
struct People {
    /// Appearances, those of one human beside each other.
    members: Vec<Member>,
    /// Where each human's appearances begin in `members`.
    starts: Vec<u32>,
    humans: HashMap<Uuid, u32>,
    facts: HashMap<Uuid, Facts>,
    /// Hashes of the keys that anybody holds.
    claimed: HashSet<u64>,
}

/// What shows whether a person is still the same human, and still works where it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Hash of its keys.
    pub(crate) keys: u64,
    /// Hash of its workplaces.
    pub(crate) jobs: u64,
    /// Hash of the ids that were merged into it.
    pub(crate) aliases: u64,
}

impl Facts {
    pub(crate) fn of(person: &Person) -> Self {
        let keys: BTreeSet<&KeyHash> = person.keys.iter().collect();
        let jobs: BTreeSet<(&str, bool)> = person
            .employments
            .iter()
            .map(|job| (job.organisation.as_str(), job.current))
            .collect();
        let aliases: BTreeSet<&PersonId> = person.aliases.iter().collect();
        Self {
            keys: hash_of(&keys),
            jobs: hash_of(&jobs),
            aliases: hash_of(&aliases),
        }
    }
}

/// The same for equal values within one process; a collision costs at worst a better proposal.
fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Who works, or worked, at an organisation.
#[derive(Clone, Debug, Default)]
pub struct Workers {
    pub current: Vec<u32>,
    pub former: Vec<u32>,
}

impl ScopeGraph {
    /// Reads everything that the scope holds and builds its graph.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn build(store: &dyn Store, scope: &Scope, today: Date) -> Result<Self, CommitError> {
        let mut builder = WorldBuilder::new(scope, today);
        let accounts = scope.accounts();
        let known: HashMap<AccountId, _> = store
            .accounts(accounts)
            .await?
            .into_iter()
            .map(|a| (a.id, a))
            .collect();
        for account in accounts {
            builder.account(*account, known.get(account));
        }
        let mut facts = HashMap::new();
        let marks = marks_of_all(store, scope).await?;
        for &owner in scope.owners() {
            read_persons(store, owner, &marks, &mut builder, &mut facts).await?;
        }
        builder.persons_done();
        for &owner in scope.owners() {
            read_interactions(store, owner, &mut builder).await?;
        }
        let key = scope.key();
        // Seconds of work for millions of ties: not on a thread that serves requests. The builder
        // borrows the scope; what crosses threads is the finished world.
        let world = builder.finish();
        let graph = tokio::task::spawn_blocking(move || Self::of(key, today, world, facts, marks));
        let graph = graph.await;
        graph.map_err(|error| CommitError::Internal(error.into()))
    }

    fn of(
        key: ScopeKey,
        day: Date,
        world: World,
        mut facts: HashMap<Uuid, Facts>,
        marks: BTreeMap<PersonId, Marks>,
    ) -> Self {
        let ties = ties_of(&world);
        // The only errors are ties to nobody or to oneself, which `ties_of` leaves out, and more
        // people than 2^30.
        let mut graph = Graph::from_ties(world.humans, &ties).unwrap_or_default();
        drop(ties);
        let snapshot = graph.snapshot();
        let mut starts = vec![0_u32; world.humans as usize + 1];
        for &human in &world.human_of {
            starts[human as usize + 1] += 1;
        }
        for human in 0..world.humans as usize {
            starts[human + 1] += starts[human];
        }
        let mut order: Vec<u32> = (0..).take(world.members.len()).collect();
        order.sort_by_key(|&place| world.human_of[place as usize]);
        let members = order
            .iter()
            .map(|&place| world.members[place as usize])
            .collect();
        let humans: HashMap<Uuid, u32> = world
            .places
            .iter()
            .map(|(&id, &place)| (id, world.human_of[place as usize]))
            .collect();
        let workplaces = workplaces_of(&world);
        facts.retain(|id, _| humans.contains_key(id));
        let people = People {
            members,
            starts,
            humans,
            facts,
            claimed: world.keys.iter().map(hash_of).collect(),
        };
        Self {
            key,
            day,
            snapshot,
            people: Arc::new(people),
            workplaces: Arc::new(workplaces),
            missing: Arc::new(world.missing),
            marks: Arc::new(marks),
        }
    }

    /// How many humans there are.
    #[must_use]
    pub fn human_count(&self) -> u32 {
        u32::try_from(self.people.starts.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    pub(crate) fn facts(&self, person: Uuid) -> Option<Facts> {
        self.people.facts.get(&person).copied()
    }

    pub(crate) fn set_facts(&mut self, person: Uuid, facts: Facts) {
        if self.facts(person) != Some(facts) {
            Arc::make_mut(&mut self.people).facts.insert(person, facts);
        }
    }

    /// Whether somebody holds the key, or may.
    pub(crate) fn is_claimed(&self, key: &KeyHash) -> bool {
        self.people.claimed.contains(&hash_of(key))
    }

    /// Whether something is known of somebody who is not here.
    pub(crate) fn misses(&self, id: Uuid) -> bool {
        self.missing.contains(&id)
    }

    pub(crate) fn miss(&mut self, id: Uuid) {
        if !self.misses(id) {
            Arc::make_mut(&mut self.missing).insert(id);
        }
    }

    /// A human of whom this is the only appearance.
    pub(crate) fn add_human(&mut self, member: Member, person: &Person) -> u32 {
        let human = self.human_count();
        let people = Arc::make_mut(&mut self.people);
        people.members.push(member);
        let end = u32::try_from(people.members.len()).unwrap_or(u32::MAX);
        people.starts.push(end);
        people.humans.insert(member.id, human);
        people.facts.insert(member.id, Facts::of(person));
        let keys = person.keys.iter().map(hash_of);
        people.claimed.extend(keys);
        human
    }

    pub(crate) fn set_snapshot(&mut self, snapshot: Arc<Snapshot>) {
        self.snapshot = snapshot;
    }

    /// Where a human works, by all that it appears as.
    pub(crate) fn set_workplaces(&mut self, human: u32, persons: &[&Person]) {
        let all = Arc::make_mut(&mut self.workplaces);
        for workers in all.values_mut() {
            workers.current.retain(|known| *known != human);
            workers.former.retain(|known| *known != human);
        }
        let jobs = persons.iter().flat_map(|person| &person.employments);
        let mut places: BTreeMap<String, bool> = BTreeMap::new();
        for job in jobs {
            let name = organisation::normalise(&job.organisation);
            if !name.is_empty() {
                *places.entry(name).or_default() |= job.current;
            }
        }
        for (name, current) in places {
            let workers = all.entry(name).or_default();
            let list = if current {
                &mut workers.current
            } else {
                &mut workers.former
            };
            let place = list.partition_point(|known| *known < human);
            list.insert(place, human);
        }
        all.retain(|_, workers| !workers.current.is_empty() || !workers.former.is_empty());
    }

    /// The human that an account or a person is.
    #[must_use]
    pub fn human(&self, id: Uuid) -> Option<u32> {
        self.people.humans.get(&id).copied()
    }

    /// All appearances of a human.
    #[must_use]
    pub fn members(&self, human: u32) -> &[Member] {
        let human = human as usize;
        let People {
            members, starts, ..
        } = &*self.people;
        match starts.get(human..human + 2) {
            Some(&[from, to]) => &members[from as usize..to as usize],
            _ => &[],
        }
    }

    /// Who works at an organisation, by its normalised name.
    #[must_use]
    pub fn workers(&self, organisation: &str) -> Workers {
        self.workplaces
            .get(organisation)
            .cloned()
            .unwrap_or_default()
    }

    /// The humans one tie away, the strongest tie first.
    ///
    /// # Errors
    /// Never, unless `human` is of another graph.
    pub fn neighbours(
        &self,
        human: u32,
        limit: usize,
        scratch: &mut Scratch,
    ) -> Result<Vec<u32>, CommitError> {
        let filter = Filter {
            owners: OwnerSet::all(),
            ..Filter::default()
        };
        let near = self.snapshot.neighbours(human, &filter, limit, scratch);
        let near = near.map_err(|error| CommitError::Internal(error.into()))?;
        Ok(near.into_iter().map(|neighbour| neighbour.node).collect())
    }

    /// Memory held, in bytes, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.snapshot.bytes()
            + self.people.members.len() * (size_of::<Member>() + 80)
            + self.people.starts.len() * 4
            + self.people.claimed.len() * 16
            + self.workplaces.len() * 128
            + self.missing.len() * 24
            + self.marks.len() * 128
    }
}

async fn read_persons(
    store: &dyn Store,
    owner: AccountId,
    marks: &BTreeMap<PersonId, Marks>,
    builder: &mut WorldBuilder<'_>,
    facts: &mut HashMap<Uuid, Facts>,
) -> Result<(), CommitError> {
    let mut after = None;
    loop {
        let page = store.book(owner, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for person in &page {
            builder.person(person, marks.get(&person.id).unwrap_or(Marks::NONE));
            facts.insert(person.id.0, Facts::of(person));
        }
        tokio::task::yield_now().await;
    }
}

async fn read_interactions(
    store: &dyn Store,
    owner: AccountId,
    builder: &mut WorldBuilder<'_>,
) -> Result<(), CommitError> {
    let mut after = None;
    loop {
        let page = store.book_interactions(owner, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some((last.person, last.other));
        for pair in page {
            builder.interactions(owner, pair.person, pair.other, pair.buckets);
        }
        tokio::task::yield_now().await;
    }
}

/// Ties between humans. Of those of one pair and owner the engine keeps the last: the strongest.
fn ties_of(world: &World) -> Vec<Tie> {
    let mut ties: Vec<Tie> = world
        .ties
        .iter()
        .filter_map(|tie| {
            let a = world.human_of[tie.a as usize];
            let b = world.human_of[tie.b as usize];
            let strength = Strength::new(tie.strength).ok()?;
            (a != b).then_some(Tie {
                a,
                b,
                owner: tie.owner,
                strength,
                private: false,
            })
        })
        .collect();
    ties.sort_by_key(|tie| std::cmp::Reverse(tie.strength.cost()));
    ties
}

fn workplaces_of(world: &World) -> HashMap<String, Workers> {
    let mut all: HashMap<String, Workers> = HashMap::new();
    for (name, place, current) in &world.workplaces {
        let human = world.human_of[*place as usize];
        let workers = all.entry(name.clone()).or_default();
        if *current {
            &mut workers.current
        } else {
            &mut workers.former
        }
        .push(human);
    }
    for workers in all.values_mut() {
        workers.current.sort_unstable();
        workers.current.dedup();
        let current = &workers.current;
        workers
            .former
            .retain(|human| current.binary_search(human).is_err());
        workers.former.sort_unstable();
        workers.former.dedup();
    }
    all
}
