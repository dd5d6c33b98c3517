//! The program that is killed: it commits changes, tells of them, and lets two consumers have an
//! effect for each, one that would show if it were had twice. Started again, it goes on where it
//! was, and ends when all is settled.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use skeleton_durable::{
    Cause, Envelope, Event as _,
    bus::Subscription,
    clock::SystemClock,
    commit::{ChangeSet, CommitError},
    consumer::{HandleError, Handler, Options},
    contract::{EntryChanged, Ledger, Put, noon},
    relay::{self, Relay},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::stores::{Place, Stores};

const KEYS: usize = 24;

/// The keys of a round: most are good, some have to wait, some are never handled.
pub fn keys(round: Uuid) -> impl Iterator<Item = String> {
    (0..KEYS).map(move |n| match n % 6 {
        2 => format!("later-{n}-{round}"),
        4 => format!("poison-{n}-{round}"),
        _ => format!("good-{n}-{round}"),
    })
}

pub fn is_poison(key: &str) -> bool {
    key.starts_with("poison")
}

/// Where a consumer counts its effects of a key; two consumers may share a store.
pub fn effect(consumer: &str, key: &str) -> String {
    format!("effect-{consumer}-{key}")
}

/// What its environment tells it, run to the end.
pub fn main() {
    let variable = |name| std::env::var(name).unwrap();
    let place: Place = serde_json::from_str(&variable("KITH_CRASH_PLACE")).unwrap();
    let round: Uuid = variable("KITH_CRASH_ROUND").parse().unwrap();
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(run(place, round));
}

async fn run(place: Place, round: Uuid) {
    let stop = CancellationToken::new();
    let stores = place.open().await;
    let bus = place.bus(&stop);
    for (consumer, store) in [("one", stores.one.clone()), ("two", stores.two.clone())] {
        let subscription = Subscription {
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
                batch: 5,
                attempts: 3,
                backoff: Duration::from_millis(5),
                ..Options::default()
            },
        };
        bus.subscribe(subscription, stop.clone()).await.unwrap();
    }
    let relay = Relay {
        outbox: stores.publisher.clone(),
        bus,
        clock: Arc::new(SystemClock),
        options: relay::Options {
            batch: 5,
            lease: Duration::from_millis(600),
            poll: Duration::from_millis(100),
            ..relay::Options::default()
        },
    };
    let relay = tokio::spawn(relay.run(stop.clone()));
    for key in keys(round) {
        commit(&*stores.publisher, &key, round).await;
    }
    while !settled(&stores, round).await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.cancel();
    relay.await.unwrap();
    stores.close().await;
}

/// Commits a change unless an earlier run did.
async fn commit(store: &dyn Ledger, key: &str, round: Uuid) {
    if store.read(key).await.is_some() {
        return;
    }
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
        .event(&entry, noon(), &Cause::correlated(round));
    store.commit(change).await.unwrap();
}

async fn settled(stores: &Stores, round: Uuid) -> bool {
    for store in [&stores.one, &stores.two] {
        let settled = store.settled(round, EntryChanged::TYPE).await.unwrap();
        if settled.done + settled.parked < KEYS as u64 {
            return false;
        }
    }
    stores.publisher.status().await.unwrap().waiting == 0
}

/// Counts, per key, how often an event had an effect: once, if all is well.
struct Effects {
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
            let times = self.store.read(&key).await.map_or(0, |(times, _)| times);
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
