//! A ledger that shows losses and doubles: every committed change has one effect in each consumer,
//! one that would count twice if it were had twice.
//!
//! For tests that break things meanwhile: commit the keys of a round by [`Round::commit`], let
//! [`Effects`] handle the events, wait for [`Round::settled`], then [`Round::audit`].

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{EntryChanged, Ledger, Put, noon};
use crate::{
    Cause, Envelope, Event as _,
    bus::{Bus, Subscription},
    clock::SystemClock,
    commit::{ChangeSet, CommitError},
    consumer::{HandleError, Handler, Options},
};

/// Some keys, changed once.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Tells it from others in the same stores.
    pub id: Uuid,
    /// How many keys.
    pub keys: usize,
}

/// The names of the consumers.
pub const CONSUMERS: [&str; 2] = ["one", "two"];

impl Round {
    /// A new round.
    pub fn new(keys: usize) -> Self {
        Self {
            id: Uuid::now_v7(),
            keys,
        }
    }

    /// Its keys: most are good, some have to wait, some are never handled.
    pub fn keys(self) -> impl Iterator<Item = String> {
        (0..self.keys).map(move |n| match n % 6 {
            2 => format!("later-{n}-{}", self.id),
            4 => format!("poison-{n}-{}", self.id),
            _ => format!("good-{n}-{}", self.id),
        })
    }

    fn poison(self) -> u64 {
        self.keys().filter(|key| is_poison(key)).count() as u64
    }

    /// Commits the change of a key unless it was committed before.
    ///
    /// # Errors
    /// When the store cannot be reached: it may have been committed.
    pub async fn commit(self, store: &dyn Ledger, key: &str) -> Result<(), CommitError> {
        let entry = EntryChanged {
            key: key.to_owned(),
            version: 1,
            text: String::new(),
        };
        let change = ChangeSet::new()
            .write(Put {
                key: entry.key.clone(),
                expected: 0,
                text: entry.text.clone(),
            })
            .event(&entry, noon(), &Cause::correlated(self.id));
        match store.commit(change).await {
            Err(CommitError::Conflict(_)) => Ok(()),
            committed => committed,
        }
    }

    /// Commits all keys, each until it is, `pace` apart.
    pub async fn commit_all(self, store: &dyn Ledger, pace: Duration) {
        for key in self.keys() {
            while let Err(error) = self.commit(store, &key).await {
                assert!(matches!(error, CommitError::Unavailable(_)), "{error}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(pace).await;
        }
    }

    /// Whether all is handled or parked and nothing waits to go.
    pub async fn settled(self, publisher: &dyn Ledger, consumers: [&dyn Ledger; 2]) -> bool {
        for store in consumers {
            match store.settled(self.id, EntryChanged::TYPE).await {
                Ok(settled) if settled.done + settled.parked == self.keys as u64 => {}
                _ => return false,
            }
        }
        matches!(publisher.status().await, Ok(status) if status.waiting == 0)
    }

    /// Fails unless every change had its effects once. Holds for ever after.
    pub async fn effects(self, at: &str, publisher: &dyn Ledger, consumers: [&dyn Ledger; 2]) {
        for (name, store) in CONSUMERS.into_iter().zip(consumers) {
            let at = format!("{at}, consumer {name}");
            for key in self.keys() {
                let committed = publisher.read(&key).await.map(|(version, _)| version);
                assert_eq!(committed, Some(1), "{at}: {key} was not committed once");
                let times = store.read(&effect(name, &key)).await;
                let expected = (!is_poison(&key)).then_some(1);
                assert_eq!(times.map(|(times, _)| times), expected, "{at}: {key}");
            }
        }
    }

    /// Fails unless the ledger balances. What was parked is dropped then.
    pub async fn audit(self, at: &str, publisher: &dyn Ledger, consumers: [&dyn Ledger; 2]) {
        let waiting = publisher.status().await.unwrap().waiting;
        assert_eq!(waiting, 0, "{at}: the outbox is not empty");
        self.effects(at, publisher, consumers).await;
        for (name, store) in CONSUMERS.into_iter().zip(consumers) {
            let at = format!("{at}, consumer {name}");
            let settled = store.settled(self.id, EntryChanged::TYPE).await.unwrap();
            assert_eq!(settled.parked, self.poison(), "{at}: parked");
            let good = self.keys as u64 - self.poison();
            assert_eq!(settled.done, good, "{at}: handled");
            let due = store.due(Timestamp::MAX, 10).await.unwrap();
            assert!(due.is_empty(), "{at}: {} wait in the inbox", due.len());
            for parked in store.parked(None, 1000).await.unwrap() {
                store.drop_parked(parked.event.id).await.unwrap();
            }
        }
    }
}

fn is_poison(key: &str) -> bool {
    key.starts_with("poison")
}

/// Where a consumer counts its effects of a key; two consumers may share a store.
fn effect(consumer: &str, key: &str) -> String {
    format!("effect-{consumer}-{key}")
}

/// Lets both consumers of a bus have their effects.
pub async fn subscribe(
    bus: &dyn Bus,
    stores: [Arc<dyn Ledger>; 2],
    batch: u32,
    stop: &CancellationToken,
) {
    for (consumer, store) in CONSUMERS.into_iter().zip(stores) {
        let subscription = subscription(consumer, store, batch);
        bus.subscribe(subscription, stop.clone()).await.unwrap();
    }
}

/// A consumer that has its effects in a store.
pub fn subscription(consumer: &'static str, store: Arc<dyn Ledger>, batch: u32) -> Subscription {
    Subscription {
        consumer,
        kinds: vec![EntryChanged::TYPE],
        inbox: store.clone(),
        handler: Arc::new(Effects {
            consumer,
            store,
            waited: Mutex::default(),
        }),
        clock: Arc::new(SystemClock),
        options: Options {
            batch,
            attempts: 3,
            backoff: Duration::from_millis(5),
            ..Options::default()
        },
    }
}

/// Counts, per key, how often an event had an effect: once, if all is well.
pub struct Effects {
    consumer: &'static str,
    store: Arc<dyn Ledger>,
    waited: Mutex<HashSet<String>>,
}

#[async_trait]
impl Handler for Effects {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let mut change = ChangeSet::new().handled(events);
        for event in events {
            let key = &event.open::<EntryChanged>()?.key;
            if is_poison(key) {
                return Err(HandleError::Retry("it is poison".to_owned()));
            }
            if key.starts_with("later") && self.waited.lock().unwrap().insert(key.clone()) {
                return Err(HandleError::Defer(Duration::from_millis(20)));
            }
            let key = effect(self.consumer, key);
            let times = self.store.try_read(&key).await?;
            let times = times.map_or(0, |(times, _)| times);
            change = change.write(Put {
                key,
                expected: times,
                text: String::new(),
            });
        }
        self.store
            .commit(change)
            .await
            .map_err(|error| match error {
                CommitError::Conflict(_) => HandleError::Retry("conflict".to_owned()),
                other => other.into(),
            })
    }
}
