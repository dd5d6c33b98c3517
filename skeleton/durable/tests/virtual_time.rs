//! Retries, outages and schedules on a clock that only the test moves: the state machines that run
//! in production, without waiting.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use skeleton_durable::{
    Envelope, EventId,
    bus::{Bus, PublishError, Subscription, Tap, in_process::InProcessBus},
    clock::{Clock, VirtualClock},
    commit::{ChangeSet, Commit},
    consumer::{HandleError, Handler, Options, Worker},
    contract::{self, Put, event, eventually, noon, put},
    inbox::Inbox,
    outbox::Outbox,
    relay::{self, Relay},
    schedule,
    sql::sqlite::{Settings, Store},
};
use tokio_util::sync::CancellationToken;

async fn store(folder: &tempfile::TempDir) -> Arc<Store> {
    let settings = Settings::file(folder.path().join("store.sqlite"));
    Arc::new(
        Store::open(&settings, contract::sqlite::MIGRATIONS)
            .await
            .unwrap(),
    )
}

/// Fails as long as it is told to.
struct Moody {
    batches: Mutex<Vec<usize>>,
    store: Arc<Store>,
    answer: Mutex<Option<fn() -> HandleError>>,
    tries: AtomicU32,
}

#[async_trait]
impl Handler for Moody {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        self.batches.lock().unwrap().push(events.len());
        if let Some(error) = *self.answer.lock().unwrap() {
            return Err(error());
        }
        let change = ChangeSet::<Put>::new().handled(events);
        Ok(self.store.commit(change).await?)
    }
}

struct World {
    subscription: Subscription,
    store: Arc<Store>,
    handler: Arc<Moody>,
    clock: VirtualClock,
    bus: InProcessBus,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

async fn world(answer: Option<fn() -> HandleError>) -> World {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let handler = Arc::new(Moody {
        batches: Mutex::default(),
        store: store.clone(),
        answer: Mutex::new(answer),
        tries: AtomicU32::new(0),
    });
    let clock = VirtualClock::at(noon());
    let (bus, stop) = (InProcessBus::default(), CancellationToken::new());
    let subscription = Subscription {
        consumer: "moody",
        kinds: vec!["ledger.entry-changed"],
        inbox: store.clone(),
        handler: handler.clone(),
        clock: Arc::new(clock.clone()),
        options: Options {
            attempts: 4,
            ..Options::default()
        },
    };
    bus.subscribe(subscription.clone(), stop.clone())
        .await
        .unwrap();
    World {
        subscription,
        store,
        handler,
        clock,
        bus,
        stop,
        _folder: folder,
    }
}

impl World {
    fn tries(&self) -> u32 {
        self.handler.tries.load(Ordering::SeqCst)
    }

    /// Moves time in small steps until the condition holds.
    async fn advance_until<F, Fut>(&self, what: &str, mut condition: F)
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = bool>,
    {
        for _ in 0..5000 {
            if condition().await {
                return;
            }
            self.clock.advance(Duration::from_millis(500));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("{what} did not come about");
    }
}

#[tokio::test]
async fn what_was_settled_before_is_left_out_of_a_batch_only_once_it_failed() {
    let world = world(None).await;
    let worker = Worker::new(world.subscription.clone(), Arc::default());
    let events: Vec<Envelope> = (0..5).map(|n| event("again", n)).collect();
    let first = async |mut events: Vec<Envelope>| {
        let away = worker.process(&mut events, &HashMap::new()).await.unwrap();
        assert!(!away);
        std::mem::take(&mut *world.handler.batches.lock().unwrap())
    };
    assert_eq!(first(events[..1].to_vec()).await, [1]);
    world.store.park(&events[1], 8, "bad").await.unwrap();
    assert_eq!(first(events.clone()).await, [5, 3], "three are new");
    let known: Vec<EventId> = events.iter().map(|event| event.id).collect();
    assert_eq!(world.store.known(&known).await.unwrap().len(), 5);
    assert_eq!(first(events.clone()).await, [5]);
    assert_eq!(world.store.count_parked().await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_settled_before_and_fails_now_stays_settled() {
    let world = world(Some(|| HandleError::Reject("never".to_owned()))).await;
    let worker = Worker::new(world.subscription.clone(), Arc::default());
    let done = event("done", 1);
    world.store.done(&[done.clone()]).await.unwrap();
    let mut events = vec![done];
    worker.process(&mut events, &HashMap::new()).await.unwrap();
    assert_eq!(world.tries(), 1);
    assert_eq!(world.store.count_parked().await.unwrap(), 0);
}

#[tokio::test]
async fn a_failing_event_is_tried_as_often_as_allowed_then_parked() {
    let world = world(Some(|| HandleError::Retry("not today".to_owned()))).await;
    let bad = event("bad", 1);
    world.bus.publish(&[bad.clone()]).await.unwrap();
    eventually("the first try", || async { world.tries() == 1 }).await;
    world
        .advance_until("parking", || async {
            world.store.parked(None, 1).await.unwrap().len() == 1
        })
        .await;
    assert_eq!(world.tries(), 4);
    let waited = world.clock.now().duration_since(noon());
    assert!(
        waited.as_millis() >= 150 + 300 + 600,
        "it waited only {waited:?}"
    );

    // Mended and replayed, it passes.
    *world.handler.answer.lock().unwrap() = None;
    assert!(world.store.replay(bad.id, None).await.unwrap());
    world
        .advance_until("handling", || async {
            world.store.known(&[bad.id]).await.unwrap() == [bad.id]
                && world.store.parked(None, 1).await.unwrap().is_empty()
        })
        .await;
    world.stop.cancel();
}

#[tokio::test]
async fn an_absent_store_and_a_deferral_burn_no_attempts() {
    for error in [
        (|| HandleError::Unavailable("away".to_owned())) as fn() -> HandleError,
        || HandleError::Defer(Duration::from_secs(1)),
    ] {
        let world = world(Some(error)).await;
        let patient = event("patient", 1);
        world.bus.publish(&[patient.clone()]).await.unwrap();
        world
            .advance_until("many tries", || async { world.tries() > 20 })
            .await;
        assert!(world.store.parked(None, 1).await.unwrap().is_empty());
        *world.handler.answer.lock().unwrap() = None;
        world
            .advance_until("handling", || async {
                world.store.known(&[patient.id]).await.unwrap() == [patient.id]
            })
            .await;
        world.stop.cancel();
    }
}

/// A bus that is away, then is not.
struct Flaky {
    away: AtomicBool,
    got: Mutex<Vec<Envelope>>,
}

#[async_trait]
impl Bus for Flaky {
    async fn publish(&self, events: &[Envelope]) -> Result<(), PublishError> {
        let half = events.len() / 2;
        let taken = if self.away.load(Ordering::SeqCst) {
            &events[..half]
        } else {
            events
        };
        self.got.lock().unwrap().extend_from_slice(taken);
        if taken.len() == events.len() {
            return Ok(());
        }
        let confirmed = taken.iter().map(|event| event.id).collect();
        Err(PublishError {
            confirmed,
            reason: "away".to_owned(),
        })
    }
    async fn send_to(&self, _: &str, events: &[Envelope]) -> Result<(), PublishError> {
        self.publish(events).await
    }

    async fn subscribe(&self, _: Subscription, _: CancellationToken) -> anyhow::Result<()> {
        Ok(())
    }
    fn look_again(&self, _: &str) {}

    fn tap(&self) -> Tap {
        InProcessBus::default().tap()
    }
}

#[tokio::test]
async fn a_relay_drops_what_was_confirmed_and_keeps_the_rest_through_an_outage() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    for n in 0..8 {
        store.commit(put(&format!("k{n}"), 1)).await.unwrap();
    }
    let bus = Arc::new(Flaky {
        away: AtomicBool::new(true),
        got: Mutex::default(),
    });
    let clock = VirtualClock::at(noon());
    let relay = Relay {
        outbox: store.clone(),
        bus: bus.clone(),
        clock: Arc::new(clock.clone()),
        options: relay::Options::default(),
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn(relay.run(stop.clone()));
    eventually("half of them", || async {
        store.status().await.unwrap().waiting == 4
    })
    .await;
    bus.away.store(false, Ordering::SeqCst);
    for _ in 0..2000 {
        if store.status().await.unwrap().waiting == 0 {
            break;
        }
        clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(store.status().await.unwrap().waiting, 0);
    let mut ids: Vec<_> = bus
        .got
        .lock()
        .unwrap()
        .iter()
        .map(|event| event.id)
        .collect();
    assert_eq!(ids.len(), 8, "each went exactly once");
    ids.dedup();
    assert_eq!(ids.len(), 8);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn of_two_replicas_one_does_the_scheduled_work_and_the_other_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let clock: Arc<dyn Clock> = Arc::new(skeleton_durable::clock::SystemClock);
    let counts = [Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0))];
    let stops = [CancellationToken::new(), CancellationToken::new()];
    for (count, stop) in counts.iter().zip(&stops) {
        let count = count.clone();
        tokio::spawn(schedule::every(
            "sweep",
            Duration::from_millis(20),
            store.clone(),
            clock.clone(),
            stop.clone(),
            move || {
                let count = count.clone();
                async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                }
            },
        ));
    }
    let done = |n: usize| counts[n].load(Ordering::SeqCst);
    eventually("work", || async { done(0) + done(1) >= 5 }).await;
    let (one, other) = if done(0) > 0 { (0, 1) } else { (1, 0) };
    assert_eq!(done(other), 0, "both did the work");
    stops[one].cancel();
    eventually("the other to take over", || async { done(other) > 0 }).await;
    stops[other].cancel();
}
