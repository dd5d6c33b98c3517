//! Commits that come at the same time share a transaction: one beginning, one statement for all of
//! their events, one flush to disk.
//!
//! Each still keeps the promise of the commit port. A shared transaction ends for all of its commits
//! or for none; when anything in it fails, nothing of it is there, and each is tried in a
//! transaction of its own, so one that meets a conflict fails alone. Nobody waits for company:
//! what comes while a transaction is at work shares the next one.
//!
//! Only commits whose writes say so take part ([`Write::may_share`]): those that wait for no lock
//! which another commit could hold. Otherwise two transactions of many commits could wait for each
//! other where single ones would not.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{FutureExt as _, future::join_all};
use tokio::sync::{Mutex as Shared, Notify, mpsc, oneshot};

use super::{
    commit::{Write, alone, append, keep_answer},
    dialect::Pool,
    store::{PostgresStore, within_commit},
};
use crate::{
    commit::{ChangeSet, CommitError},
    crash,
    sql::classify,
};

/// Transactions at work at once: while one is flushed the next is written.
const LANES: usize = 2;
/// Most commits in one transaction.
const COMMITS: usize = 64;
/// Most writes and events of a commit that takes part; larger ones are batches already.
const SMALL: usize = 16;
/// Commits that wait for a transaction; more wait to get in.
const WAITING: usize = 1024;

/// The queues of a store, one for each type of write.
#[derive(Clone, Debug, Default)]
pub(super) struct Queues(Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

/// A commit that waits to be told how it went.
struct Waiting<W> {
    change: ChangeSet<W>,
    told: oneshot::Sender<Result<(), CommitError>>,
}

/// Whether a commit may share its transaction.
pub(super) fn takes_part<W: Write>(change: &ChangeSet<W>) -> bool {
    let size = change.writes.len() + change.events.len();
    (1..=SMALL).contains(&size)
        && change.handled.is_empty()
        && change.writes.iter().all(Write::may_share)
}

impl Queues {
    /// Commits together with what else comes now.
    pub(super) async fn commit<W: Write>(
        &self,
        store: &PostgresStore,
        change: ChangeSet<W>,
    ) -> Result<(), CommitError> {
        let ended = || CommitError::Unavailable("the store is closing".to_owned());
        let (told, outcome) = oneshot::channel();
        let queue = self.queue(store);
        queue
            .send(Waiting { change, told })
            .await
            .map_err(|_| ended())?;
        outcome.await.unwrap_or_else(|_| Err(ended()))
    }

    /// The queue for writes of this type; the lanes that empty it end when the store is gone.
    fn queue<W: Write>(&self, store: &PostgresStore) -> mpsc::Sender<Waiting<W>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = queues
            .get(&TypeId::of::<W>())
            .and_then(|queue| queue.downcast_ref::<mpsc::Sender<Waiting<W>>>());
        if let Some(queue) = known {
            return queue.clone();
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        let receiver = Arc::new(Shared::new(receiver));
        for _ in 0..LANES {
            let lane = Lane {
                pool: store.writer().clone(),
                wake: store.wake.clone(),
            };
            tokio::spawn(lane.run(receiver.clone()));
        }
        queues.insert(TypeId::of::<W>(), Box::new(sender.clone()));
        sender
    }
}

/// One transaction after another.
struct Lane {
    pool: Pool,
    wake: Arc<Notify>,
}

impl Lane {
    async fn run<W: Write>(self, receiver: Arc<Shared<mpsc::Receiver<Waiting<W>>>>) {
        let mut batch = Vec::new();
        while receiver.lock().await.recv_many(&mut batch, COMMITS).await > 0 {
            let settling = self.settle(std::mem::take(&mut batch));
            // Whoever waits for a commit that panicked is told by the end of its channel; the lane
            // goes on with those that come.
            if AssertUnwindSafe(settling).catch_unwind().await.is_err() {
                tracing::error!("a shared commit panicked");
            }
        }
    }

    /// Commits all, and tells each.
    async fn settle<W: Write>(&self, batch: Vec<Waiting<W>>) {
        let (changes, told): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|waiting| (waiting.change, waiting.told))
            .unzip();
        let outcomes = match self.together(&changes).await {
            Ok(()) => changes.iter().map(|_| Ok(())).collect(),
            Err(Failed::Within) => {
                let each = changes
                    .iter()
                    .map(|change| within_commit(alone(&self.pool, &self.wake, change)));
                join_all(each).await
            }
            Err(Failed::Away(reason)) => changes
                .iter()
                .map(|_| Err(CommitError::Unavailable(reason.clone())))
                .collect(),
        };
        for (told, outcome) in told.into_iter().zip(outcomes) {
            // Whoever no longer waits does not want to know.
            let _ = told.send(outcome);
        }
    }

    async fn together<W: Write>(&self, changes: &[ChangeSet<W>]) -> Result<(), Failed> {
        let away = |error: CommitError| Failed::Away(error.to_string());
        crash::point("commit.before");
        let begun = async { self.pool.begin().await.map_err(classify) };
        let mut transaction = within_commit(begun).await.map_err(away)?;
        let within = async {
            for change in changes {
                keep_answer(&mut transaction, change.answer.as_ref()).await?;
            }
            let writes: Vec<&W> = changes.iter().flat_map(|change| &change.writes).collect();
            if !writes.is_empty() {
                W::apply_shared(&writes, &mut transaction).await?;
            }
            let events = changes.iter().flat_map(|change| &change.events);
            append(&mut transaction, events).await.map_err(classify)
        };
        // If the transaction is not ended here, it is when its connection is used again or lost.
        within_commit(within).await.map_err(|_| Failed::Within)?;
        crash::point("commit.within");
        let committed = async { transaction.commit().await.map_err(classify) };
        within_commit(committed).await.map_err(away)?;
        crash::point("commit.after");
        if changes.iter().any(|change| !change.events.is_empty()) {
            self.wake.notify_one();
        }
        Ok(())
    }
}

/// Why a shared transaction came to nothing.
enum Failed {
    /// Before its end: nothing of it is there.
    Within,
    /// At its beginning or its end; in the latter case nobody knows how.
    Away(String),
}
