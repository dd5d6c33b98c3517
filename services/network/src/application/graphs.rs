//! The graphs that searches run on: one a scope, made when first asked for, kept within a memory
//! budget, made anew when something in them changed.
//!
//! Whether something changed is asked of the store with every question: it counts the changes of
//! each account, whoever of the replicas made them. A few changes are taken over one by one. Small
//! graphs are made anew before the answer; a large one answers as it was while its successor is made
//! in the background. Either way every answer is checked against the store.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::civil::Date;
use kith_shared::ids::AccountId;
use skeleton_durable::commit::CommitError;

use super::{Seen, graph_build::ScopeGraph};
use crate::{
    domain::scope::{Scope, ScopeKey},
    ports::{Standing, Store},
};

/// Most graphs kept, however small: every change of a circle begins a new one.
const GRAPHS_LIMIT: usize = 1000;

/// The graphs of one replica, within its memory budget.
pub struct Graphs {
    store: Arc<dyn Store>,
    budget_bytes: usize,
    /// A graph that took longer to make answers as it was while its successor is made.
    patience: Duration,
    slots: Mutex<HashMap<ScopeKey, Arc<Slot>>>,
    uses: AtomicU64,
}

#[derive(Default)]
struct Slot {
    made: Mutex<Option<Made>>,
    /// One builder at a time.
    building: tokio::sync::Mutex<()>,
    used: AtomicU64,
}

#[derive(Clone)]
struct Made {
    graph: Arc<ScopeGraph>,
    /// How the accounts stood before it was read.
    standings: BTreeMap<AccountId, Standing>,
    /// An answer showed that the store says otherwise.
    distrusted: bool,
    took: Duration,
}

impl Made {
    fn is_of(&self, standings: &BTreeMap<AccountId, Standing>, today: Date) -> bool {
        !self.distrusted && self.graph.day == today && self.standings == *standings
    }
}

impl Graphs {
    /// None yet; kept graphs stay below `budget_bytes`, but for the one in use. Answers wait for
    /// the renewal of those that take no longer than `patience` to make.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, budget_bytes: usize, patience: Duration) -> Self {
        Self {
            store,
            budget_bytes,
            patience,
            slots: Mutex::default(),
            uses: AtomicU64::new(0),
        }
    }

    /// The graph of a scope, with strengths of `today`.
    ///
    /// # Errors
    /// When there is none yet and the store cannot be read.
    pub async fn of(
        self: &Arc<Self>,
        seen: &Seen,
        today: Date,
    ) -> Result<Arc<ScopeGraph>, CommitError> {
        let slot = self.slot(&seen.scope);
        let made = slot.current();
        if let Some(made) = made.as_ref().filter(|it| it.is_of(&seen.standings, today)) {
            return Ok(made.graph.clone());
        }
        let slow = made.filter(|made| made.took > self.patience);
        if let Some(slow) = &slow
            && slot.building.try_lock().is_err()
        {
            return Ok(slow.graph.clone());
        }
        // In a task of its own: a caller who gives up must not undo what was read.
        let (graphs, scope) = (self.clone(), seen.scope.clone());
        let mut making = tokio::spawn(async move {
            let made = graphs.renew(&slot, &scope, today).await;
            if let Err(error) = &made {
                tracing::warn!(%error, "graph not renewed");
            }
            made
        });
        let made = match slow {
            None => making.await,
            // It may be a matter of milliseconds.
            Some(slow) => match tokio::time::timeout(self.patience, &mut making).await {
                Ok(made) => made,
                Err(_) => return Ok(slow.graph),
            },
        };
        made.map_err(|error| CommitError::Internal(error.into()))?
    }

    /// Forgets what was made: the next question finds a graph of the store as it is then.
    pub fn distrust(&self, scope: &Scope) {
        let slot = self.slot(scope);
        let mut made = slot.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = made.as_mut() {
            made.distrusted = true;
        }
    }

    fn slot(&self, scope: &Scope) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(scope.key()).or_default().clone();
        slot.used
            .store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        slot
    }

    async fn renew(
        &self,
        slot: &Slot,
        scope: &Scope,
        today: Date,
    ) -> Result<Arc<ScopeGraph>, CommitError> {
        let _one = slot.building.lock().await;
        // Read before anything else: what changes meanwhile makes it stale again.
        let standings = self.store.standings(scope.accounts()).await?;
        if let Some(made) = slot.current()
            && made.is_of(&standings, today)
        {
            return Ok(made.graph);
        }
        let begun = Instant::now();
        let succeeded = self.succeed(slot, scope, &standings, today).await?;
        let (graph, took) = match succeeded {
            Some(done) => done,
            None => {
                let graph = ScopeGraph::build(&*self.store, scope, today).await?;
                let took = begun.elapsed();
                metrics::histogram!("network_graph_build_seconds").record(took.as_secs_f64());
                (Arc::new(graph), took)
            }
        };
        let made = Made {
            graph: graph.clone(),
            standings,
            distrusted: false,
            took,
        };
        *slot.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        self.shrink();
        Ok(graph)
    }

    /// What changed taken over into the graph that there is, if that can be done; with it how long
    /// its building took.
    async fn succeed(
        &self,
        slot: &Slot,
        scope: &Scope,
        standings: &BTreeMap<AccountId, Standing>,
        today: Date,
    ) -> Result<Option<(Arc<ScopeGraph>, Duration)>, CommitError> {
        let begun = Instant::now();
        let Some(made) = slot.current() else {
            return Ok(None);
        };
        if made.distrusted || made.graph.day != today {
            return Ok(None);
        }
        let next = made
            .graph
            .succeeded(&*self.store, scope, &made.standings, standings);
        let Some(graph) = next.await? else {
            return Ok(None);
        };
        metrics::histogram!("network_graph_delta_seconds").record(begun.elapsed().as_secs_f64());
        Ok(Some((Arc::new(graph), made.took)))
    }

    /// Drops the graphs longest unused until the rest fits the budget.
    fn shrink(&self) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sizes: Vec<(u64, usize, ScopeKey)> = slots
            .iter()
            .map(|(key, slot)| {
                let bytes = slot.current().map_or(0, |made| made.graph.bytes());
                (slot.used.load(Ordering::Relaxed), bytes, key.clone())
            })
            .collect();
        sizes.sort_unstable();
        let mut total: usize = sizes.iter().map(|(_, bytes, _)| bytes).sum();
        let mut left = sizes.len();
        for (_, bytes, key) in sizes {
            if left <= 1 || (total <= self.budget_bytes && left <= GRAPHS_LIMIT) {
                break;
            }
            (total, left) = (total - bytes, left - 1);
            slots.remove(&key);
        }
        metrics::gauge!("network_graph_bytes").set(total as f64);
    }
}

impl Slot {
    fn current(&self) -> Option<Made> {
        self.made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
