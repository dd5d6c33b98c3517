//! Builds the graph of a scope by streaming the store: page by page, so that memory holds the
//! graph and one page, and others get their turn between two pages.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::civil::Date;
use kith_paths::{Filter, Graph, OwnerSet, Scratch, Snapshot, Strength, Tie};
use kith_shared::ids::AccountId;
use skeleton_durable::commit::CommitError;
use uuid::Uuid;

use crate::{
    domain::{
        scope::{Scope, ScopeKey},
        world::{Member, World, WorldBuilder},
    },
    ports::NetworkStore,
};

/// Rows read at once.
const PAGE: u32 = 2000;

/// The graph of a scope, immutable. What it says is a hint: the store has the last word.
#[derive(Debug)]
pub struct ScopeGraph {
    /// Which scope.
    pub key: ScopeKey,
    /// The day that its strengths are of.
    pub day: Date,
    /// What the engine searches.
    pub snapshot: Arc<Snapshot>,
    /// Appearances, those of one human beside each other.
    members: Vec<Member>,
    /// Where each human's appearances begin in `members`.
    starts: Vec<u32>,
    humans: HashMap<Uuid, u32>,
    /// Normalised organisation: humans who are there now, and who were.
    workplaces: HashMap<String, Workers>,
    bytes: usize,
}

/// Who works, or worked, at an organisation.
#[derive(Clone, Debug, Default)]
pub struct Workers {
    /// Now.
    pub current: Vec<u32>,
    /// Only formerly.
    pub former: Vec<u32>,
}

impl ScopeGraph {
    /// Reads everything that the scope holds and builds its graph.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn build(
        store: &dyn NetworkStore,
        scope: &Scope,
        today: Date,
    ) -> Result<Self, CommitError> {
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
        for &owner in scope.owners() {
            read_persons(store, scope, owner, &mut builder).await?;
        }
        builder.persons_done();
        for &owner in scope.owners() {
            read_interactions(store, owner, &mut builder).await?;
        }
        let key = scope.key();
        // Seconds of work for millions of ties: not on a thread that serves requests. The builder
        // borrows the scope; what crosses threads is the finished world.
        let world = builder.finish();
        tokio::task::spawn_blocking(move || Self::of(key, today, world))
            .await
            .map_err(|error| CommitError::Internal(error.into()))
    }

    fn of(key: ScopeKey, day: Date, world: World) -> Self {
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
        let bytes = snapshot.bytes()
            + world.members.len() * (size_of::<Member>() + 40)
            + starts.len() * 4
            + world.workplaces.len() * 48;
        Self {
            key,
            day,
            snapshot,
            members,
            starts,
            humans,
            workplaces,
            bytes,
        }
    }

    /// The human that an account or a person is.
    #[must_use]
    pub fn human(&self, id: Uuid) -> Option<u32> {
        self.humans.get(&id).copied()
    }

    /// All appearances of a human.
    #[must_use]
    pub fn members(&self, human: u32) -> &[Member] {
        let human = human as usize;
        match self.starts.get(human..human + 2) {
            Some(&[from, to]) => &self.members[from as usize..to as usize],
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
        self.bytes
    }
}

async fn read_persons(
    store: &dyn NetworkStore,
    scope: &Scope,
    owner: AccountId,
    builder: &mut WorldBuilder<'_>,
) -> Result<(), CommitError> {
    let tags = if scope.needs_tags(owner) {
        super::people::tags_by_survivor(store, owner).await?
    } else {
        BTreeMap::new()
    };
    let mut after = None;
    loop {
        let page = store.book(owner, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for person in &page {
            builder.person(person, tags.get(&person.id).map_or(&[], Vec::as_slice));
        }
        tokio::task::yield_now().await;
    }
}

async fn read_interactions(
    store: &dyn NetworkStore,
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
