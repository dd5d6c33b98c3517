//! What every bus promises.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use rand::seq::SliceRandom as _;
use tokio_util::sync::CancellationToken;

use super::{EntryChanged, Ledger, drain, event, eventually, put, unique};
use crate::{
    Envelope,
    bus::{Bus, Subscription, Tapped},
    clock::SystemClock,
    commit::{ChangeSet, CommitError},
    consumer::{HandleError, Handler, Options},
    inbox::Inbox,
    relay::Relay,
};

/// A consumer that keeps each version of each key in its own store, in order: what comes too early
/// waits, what comes too late is ignored.
struct Projection {
    store: Arc<dyn Ledger>,
    /// How often each event had an effect.
    effects: Mutex<HashMap<String, u32>>,
    /// Attempts at the event that must wait.
    waited: Mutex<u32>,
}

impl Projection {
    fn new(store: Arc<dyn Ledger>) -> Arc<Self> {
        Arc::new(Self {
            store,
            effects: Mutex::default(),
            waited: Mutex::default(),
        })
    }
}

#[async_trait]
impl Handler for Projection {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let mut change = ChangeSet::new().handled(events);
        let mut versions: HashMap<String, i64> = HashMap::new();
        for event in events {
            let entry: EntryChanged = event.open()?;
            if entry.key.starts_with("poison") {
                return Err(HandleError::Retry("it is poison".to_owned()));
            }
            if entry.key.starts_with("later") {
                let mut waited = self.waited.lock().unwrap();
                *waited += 1;
                if *waited < 5 {
                    return Err(HandleError::Defer(Duration::from_millis(10)));
                }
            }
            let key = format!("seen-{}", entry.key);
            let known = match versions.get(&key) {
                Some(version) => *version,
                None => self
                    .store
                    .read(&key)
                    .await
                    .map_or(0, |(version, _)| version),
            };
            if entry.version > known + 1 {
                // The one before is still on its way.
                return Err(HandleError::Defer(Duration::from_millis(10)));
            }
            if entry.version == known + 1 {
                versions.insert(key.clone(), entry.version);
                change = change.write(super::Put {
                    key,
                    expected: known,
                    text: entry.text,
                });
            }
        }
        let written: Vec<String> = change
            .writes
            .iter()
            .map(|write| write.key.clone())
            .collect();
        self.store
            .commit(change)
            .await
            .map_err(|error| match error {
                CommitError::Conflict(_) => HandleError::Retry("conflict".to_owned()),
                other => other.into(),
            })?;
        let mut effects = self.effects.lock().unwrap();
        for key in written {
            *effects.entry(key).or_default() += 1;
        }
        Ok(())
    }
}

/// Runs the suite: `publisher` and the two consumers' stores are fresh, and the bus knows the
/// consumers `one` and `two` for [`EntryChanged`].
pub async fn bus_suite(
    bus: Arc<dyn Bus>,
    publisher: Arc<dyn Ledger>,
    outbox: Arc<dyn crate::outbox::Outbox>,
    consumers: [(Arc<dyn Ledger>, Arc<dyn Inbox>); 2],
) {
    let stop = CancellationToken::new();
    let mut tap = bus.tap();
    let mut projections = Vec::new();
    for (name, (store, inbox)) in ["one", "two"].into_iter().zip(&consumers) {
        let projection = Projection::new(store.clone());
        bus.subscribe(
            Subscription {
                consumer: name,
                kinds: vec![<EntryChanged as crate::Event>::TYPE],
                inbox: inbox.clone(),
                handler: projection.clone(),
                clock: Arc::new(SystemClock),
                options: Options {
                    attempts: 3,
                    backoff: Duration::from_millis(5),
                    ..Options::default()
                },
            },
            stop.clone(),
        )
        .await
        .unwrap();
        projections.push(projection);
    }
    let relay = Relay {
        outbox,
        bus: bus.clone(),
        clock: Arc::new(SystemClock),
        options: crate::relay::Options::default(),
    };
    let relay = tokio::spawn(relay.run(stop.clone()));

    one_commit_reaches_every_consumer_once(&publisher, &projections).await;
    poison_is_parked_while_neighbours_pass(&publisher, &projections, &consumers).await;
    what_must_wait_is_handled_later(&publisher, &projections).await;
    repeated_deliveries_have_one_effect(&bus, &projections).await;
    any_order_ends_in_the_same_state(&bus, &projections).await;
    let mut heard = tap.next().await;
    while matches!(heard, Some(Tapped::Missed)) {
        heard = tap.next().await;
    }
    assert!(
        matches!(heard, Some(Tapped::Event(_))),
        "a tap hears what is published"
    );

    stop.cancel();
    relay.await.unwrap();
    assert!(drain(&publisher).await.is_empty());
}

async fn seen(projection: &Projection, key: &str) -> i64 {
    projection
        .store
        .read(&format!("seen-{key}"))
        .await
        .map_or(0, |(version, _)| version)
}

async fn one_commit_reaches_every_consumer_once(
    publisher: &Arc<dyn Ledger>,
    all: &[Arc<Projection>],
) {
    const KEYS: usize = 300;
    let keys: Vec<String> = (0..KEYS).map(|n| unique(&format!("k{n}"))).collect();
    for keys in keys.chunks(30) {
        let mut change = ChangeSet::new();
        for key in keys {
            let one = put(key, 1);
            change.writes.extend(one.writes);
            change.events.extend(one.events);
        }
        publisher.commit(change).await.unwrap();
    }
    for projection in all {
        eventually("every key seen", || async {
            for key in &keys {
                if seen(projection, key).await != 1 {
                    return false;
                }
            }
            true
        })
        .await;
        assert!(
            projection
                .effects
                .lock()
                .unwrap()
                .values()
                .all(|times| *times == 1)
        );
    }
}

async fn poison_is_parked_while_neighbours_pass(
    publisher: &Arc<dyn Ledger>,
    all: &[Arc<Projection>],
    consumers: &[(Arc<dyn Ledger>, Arc<dyn Inbox>); 2],
) {
    let (before, poison, after) = (unique("before"), unique("poison"), unique("after"));
    let mut change = ChangeSet::new();
    for key in [&before, &poison, &after] {
        let one = put(key, 1);
        change.writes.extend(one.writes);
        change.events.extend(one.events);
    }
    publisher.commit(change).await.unwrap();
    for (projection, (_, inbox)) in all.iter().zip(consumers) {
        eventually("the neighbours of poison", || async {
            seen(projection, &before).await == 1 && seen(projection, &after).await == 1
        })
        .await;
        eventually("poison parked", || async {
            inbox.parked(None, 10).await.unwrap().len() == 1
        })
        .await;
        let parked = inbox.parked(None, 10).await.unwrap();
        assert_eq!(parked[0].event.subject, poison);
        assert_eq!(
            (parked[0].attempts, parked[0].reason.as_str()),
            (3, "it is poison")
        );
        assert_eq!(seen(projection, &poison).await, 0);
        inbox.drop_parked(parked[0].event.id).await.unwrap();
    }
}

async fn what_must_wait_is_handled_later(publisher: &Arc<dyn Ledger>, all: &[Arc<Projection>]) {
    let later = unique("later");
    publisher.commit(put(&later, 1)).await.unwrap();
    for projection in all {
        eventually("the deferred event", || async {
            seen(projection, &later).await == 1
        })
        .await;
        assert!(*projection.waited.lock().unwrap() >= 5);
    }
}

async fn repeated_deliveries_have_one_effect(bus: &Arc<dyn Bus>, all: &[Arc<Projection>]) {
    let (twice, last) = (event(&unique("twice"), 1), event(&unique("last"), 1));
    for _ in 0..3 {
        bus.publish(&[twice.clone(), twice.clone()]).await.unwrap();
    }
    bus.publish(&[last.clone()]).await.unwrap();
    for projection in all {
        eventually("both keys", || async {
            seen(projection, &twice.subject).await == 1
                && seen(projection, &last.subject).await == 1
        })
        .await;
        let effects = projection.effects.lock().unwrap();
        assert_eq!(effects.get(&format!("seen-{}", twice.subject)), Some(&1));
    }
}

/// Shuffled, repeated and delayed, in batches that cut across subjects.
async fn any_order_ends_in_the_same_state(bus: &Arc<dyn Bus>, all: &[Arc<Projection>]) {
    const KEYS: usize = 12;
    const VERSIONS: i64 = 5;
    let keys: Vec<String> = (0..KEYS).map(|n| unique(&format!("order{n}"))).collect();
    let mut events: Vec<Envelope> = keys
        .iter()
        .flat_map(|key| (1..=VERSIONS).map(|version| event(key, version)))
        .collect();
    let again: Vec<Envelope> = events.iter().step_by(3).cloned().collect();
    events.extend(again);
    events.shuffle(&mut rand::rng());
    for batch in events.chunks(7) {
        bus.publish(batch).await.unwrap();
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..5))).await;
    }
    for projection in all {
        eventually("the last version of every key", || async {
            for key in &keys {
                if seen(projection, key).await != VERSIONS {
                    return false;
                }
            }
            true
        })
        .await;
        let effects = projection.effects.lock().unwrap();
        for key in &keys {
            let times = effects.get(&format!("seen-{key}")).copied();
            assert_eq!(times.map(i64::from), Some(VERSIONS), "{key}");
        }
    }
}
