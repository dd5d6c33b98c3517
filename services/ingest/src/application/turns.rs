//! Whose turn it is among the accounts whose imports this replica runs.
//!
//! More imports are begun than are worked on at a time. Each waits for its turn before every batch,
//! and turns are given first come, first served; since an account has one import under way, that
//! is one batch an account, round and round. Where more accounts wait than can be begun, who has
//! had theirs for long makes room: see [`Turns::next_first`].

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kith_shared::ids::AccountId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::import::Import;

/// Imports begun for each that is worked on at a time. Each holds an open file and a few batches.
const BEGUN_PER_TURN: usize = 4;

/// The turns of one replica; its clones and waiters share them.
#[derive(Debug)]
pub struct Turns {
    turns: Arc<Semaphore>,
    begun_at_once: usize,
    begun: Mutex<Begun>,
}

#[derive(Debug, Default)]
struct Begun {
    now: HashSet<AccountId>,
    /// When accounts that still wait last had an import under way; counts how often any had.
    last: HashMap<AccountId, u64>,
    count: u64,
}

/// A turn; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

/// An account's import is under way for as long as this lives.
#[derive(Debug)]
pub struct UnderWay {
    turns: Arc<Turns>,
    account: AccountId,
}

impl Turns {
    /// With so many imports worked on at a time.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        let at_once = at_once.max(1);
        Self {
            turns: Arc::new(Semaphore::new(at_once)),
            begun_at_once: at_once * BEGUN_PER_TURN,
            begun: Mutex::default(),
        }
    }

    /// How many imports can be under way.
    #[must_use]
    pub fn begun_at_once(&self) -> usize {
        self.begun_at_once
    }

    /// Waits for a turn.
    pub async fn next(&self) -> Turn {
        // The semaphore is never closed.
        let permit = self.turns.clone().acquire_owned().await.ok();
        Turn { _permit: permit }
    }

    /// Begins an account's import, unless one is under way.
    #[must_use]
    pub fn begin(self: &Arc<Self>, account: AccountId) -> Option<UnderWay> {
        self.begun().now.insert(account).then(|| UnderWay {
            turns: self.clone(),
            account,
        })
    }

    /// Whether no other can be begun.
    #[must_use]
    pub fn are_all_taken(&self) -> bool {
        self.begun().now.len() >= self.begun_at_once
    }

    /// Those of these that are not under way here, in the order in which to begin them: accounts
    /// that had none under way first, then those whose last is longest ago.
    #[must_use]
    pub fn next_first(&self, mut waiting: Vec<Import>) -> Vec<Import> {
        let mut begun = self.begun();
        let accounts: HashSet<AccountId> = waiting.iter().map(|import| import.account).collect();
        // Who waits no more is forgotten.
        begun.last.retain(|account, _| accounts.contains(account));
        waiting.retain(|import| !begun.now.contains(&import.account));
        waiting.sort_by_key(|import| begun.last.get(&import.account).copied().unwrap_or(0));
        waiting
    }

    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut begun = self.turns.begun();
        begun.count += 1;
        let count = begun.count;
        begun.now.remove(&self.account);
        begun.last.insert(self.account, count);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use kith_formats::Format;
    use kith_shared::ids::ImportId;

    use super::*;

    fn waiting(accounts: &[AccountId]) -> Vec<Import> {
        let import = |account: &AccountId| {
            let (id, name) = (ImportId::generate(), "a.csv".to_owned());
            Import::queued(
                id,
                *account,
                name,
                Format::LinkedIn,
                1,
                Timestamp::UNIX_EPOCH,
            )
        };
        accounts.iter().map(import).collect()
    }

    fn order(turns: &Turns, accounts: &[AccountId]) -> Vec<AccountId> {
        let next = turns.next_first(waiting(accounts));
        next.into_iter().map(|import| import.account).collect()
    }

    #[test]
    fn whoever_had_a_turn_comes_after_all_who_had_none_and_then_the_longest_ago() {
        let turns = Arc::new(Turns::new(1));
        let [a, b, c] = [(); 3].map(|()| AccountId::generate());
        assert_eq!(order(&turns, &[a, b, c]), [a, b, c]);
        for account in [b, a] {
            drop(turns.begin(account).unwrap());
        }
        assert_eq!(order(&turns, &[a, b, c]), [c, b, a]);
        let under_way = turns.begin(c).unwrap();
        assert!(turns.begin(c).is_none(), "one at a time");
        assert_eq!(order(&turns, &[a, b, c]), [b, a]);
        drop(under_way);
        assert_eq!(order(&turns, &[c]), [c]);
        assert_eq!(
            order(&turns, &[c, a]),
            [a, c],
            "whoever waited no more is new"
        );
    }

    #[tokio::test]
    async fn turns_go_round_in_the_order_in_which_they_were_asked_for() {
        let turns = Arc::new(Turns::new(1));
        let said = Arc::new(Mutex::new(Vec::new()));
        let first = turns.next().await;
        let asked = ["giant", "small"].map(|name| {
            let (turns, said) = (turns.clone(), said.clone());
            async move {
                for _ in 0..3 {
                    let _turn = turns.next().await;
                    said.lock().unwrap().push(name);
                    tokio::task::yield_now().await;
                }
            }
        });
        drop(first);
        futures::future::join_all(asked).await;
        let names = ["giant", "small"].repeat(3);
        assert_eq!(*said.lock().unwrap(), names);
    }
}
