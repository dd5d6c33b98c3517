//! Broken networks, a broker that restarts, a broker whose disk is full: whatever happens between
//! service and engine, afterwards the ledger balances.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]
#![cfg(feature = "engines")]

#[path = "support/own_engines.rs"]
mod own_engines;
mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use own_engines::OwnEngines;
use skeleton_durable::{
    Event as _,
    bus::rabbitmq::{RabbitMqBus, Settings, State, Topology},
    clock::SystemClock,
    contract::{
        EntryChanged, Ledger,
        balance::{self, CONSUMERS, Round},
        database::Database,
        eventually,
        proxy::{Network, Proxy},
    },
    outbox::Outbox as _,
    relay::{self, Relay},
    sql::postgres::Store,
};
use support::{Databases, address, open};
use tokio_util::sync::CancellationToken;

const KEYS: usize = 120;
/// Between two commits: a round is busy for about a second and a half.
const PACE: Duration = Duration::from_millis(10);

fn topology() -> Topology {
    Topology {
        exchange: format!("faults-{}", uuid::Uuid::now_v7().simple()),
        consumers: CONSUMERS
            .iter()
            .map(|name| (*name, vec![EntryChanged::TYPE]))
            .collect(),
    }
}

/// A bus of its own that notices silence within about two seconds.
fn bus(url: String, stop: &CancellationToken) -> Arc<RabbitMqBus> {
    bus_of(topology(), url, stop)
}

fn bus_of(topology: Topology, url: String, stop: &CancellationToken) -> Arc<RabbitMqBus> {
    let mut settings = Settings::new(url, "faults", topology);
    settings.heartbeat_seconds = 1;
    Arc::new(RabbitMqBus::new(settings, stop.clone()))
}

fn relay(
    outbox: Arc<Store>,
    bus: Arc<RabbitMqBus>,
    stop: &CancellationToken,
) -> tokio::task::JoinHandle<()> {
    let relay = Relay {
        outbox,
        bus,
        clock: Arc::new(SystemClock),
        options: relay::Options {
            batch: 20,
            lease: Duration::from_secs(2),
            ..relay::Options::default()
        },
    };
    tokio::spawn(relay.run(stop.clone()))
}

async fn settle(round: Round, publisher: &Store, consumers: [&dyn Ledger; 2], at: &str) {
    let began = Instant::now();
    while !round.settled(publisher, consumers).await {
        assert!(
            began.elapsed() < Duration::from_secs(90),
            "{at}: not settled"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    round.audit(at, publisher, consumers).await;
    println!("{at}: {:.1} s after", began.elapsed().as_secs_f64());
}

/// The faults, and how long each lasts.
const FAULTS: [(Network, Duration); 4] = [
    (Network::Cut, Duration::from_millis(1500)),
    (Network::Stalled, Duration::from_millis(1500)),
    (Network::HalfOpen, Duration::from_millis(1500)),
    (Network::Slow(40_000), Duration::from_secs(3)),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_balances_after_every_fault_between_service_and_broker() {
    let upstream: url::Url = address("KITH_TEST_RABBITMQ").parse().unwrap();
    let proxy = Proxy::to(format!("127.0.0.1:{}", upstream.port().unwrap())).await;
    let stop = CancellationToken::new();
    let mut databases = Databases::default();
    let (publisher, one, two) = (
        databases.store("publisher").await,
        databases.store("one").await,
        databases.store("two").await,
    );
    let bus = bus(proxy.through(upstream.as_str()), &stop);
    balance::subscribe(&*bus, [one.clone() as _, two.clone() as _], 20, &stop).await;
    let relay = relay(publisher.clone(), bus.clone(), &stop);
    for (fault, lasts) in FAULTS {
        let round = Round::new(KEYS);
        let store = publisher.clone();
        let busy = tokio::spawn(async move { round.commit_all(&*store, PACE).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        proxy.set(fault);
        tokio::time::sleep(lasts).await;
        if fault == Network::Cut {
            assert!(matches!(bus.state(), State::Away { .. }), "{}", bus.state());
            let told = bus.ping().await.unwrap_err();
            assert!(told.contains("away since"), "{told}");
        }
        proxy.set(Network::Good);
        busy.await.unwrap();
        settle(round, &publisher, [&*one, &*two], &format!("{fault:?}")).await;
        eventually("the bus", || async { bus.ping().await.is_ok() }).await;
    }
    stop.cancel();
    relay.await.unwrap();
    bus.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_balances_after_every_fault_between_service_and_store() {
    let upstream: url::Url = address("KITH_TEST_POSTGRES").parse().unwrap();
    let proxy = Proxy::to(format!("127.0.0.1:{}", upstream.port().unwrap())).await;
    let stop = CancellationToken::new();
    let (mut databases, mut stores) = (Vec::new(), Vec::new());
    for name in ["publisher", "one", "two"] {
        let database = Database::fresh(name).await;
        stores.push(open(proxy.through(&database.url())).await);
        databases.push(database);
    }
    let [publisher, one, two] = [stores[0].clone(), stores[1].clone(), stores[2].clone()];
    let bus = bus(address("KITH_TEST_RABBITMQ"), &stop);
    balance::subscribe(&*bus, [one.clone() as _, two.clone() as _], 20, &stop).await;
    let relay = relay(publisher.clone(), bus.clone(), &stop);
    for (fault, lasts) in FAULTS {
        let round = Round::new(KEYS);
        let store = publisher.clone();
        let busy = tokio::spawn(async move { round.commit_all(&*store, PACE).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        proxy.set(fault);
        tokio::time::sleep(lasts).await;
        proxy.set(Network::Good);
        busy.await.unwrap();
        settle(round, &publisher, [&*one, &*two], &format!("{fault:?}")).await;
    }
    stop.cancel();
    relay.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_may_be_absent_at_boot_restart_while_busy_and_run_out_of_disk() {
    let engines = OwnEngines::up(&["rabbitmq"], &[]);
    let url = engines.address("rabbitmq", "KITH_TEST_RABBITMQ");
    engines.run(&["down", "rabbitmq"]);

    let stop = CancellationToken::new();
    let mut databases = Databases::default();
    let (publisher, one, two) = (
        databases.store("publisher").await,
        databases.store("one").await,
        databases.store("two").await,
    );
    let consumers: [&dyn Ledger; 2] = [&*one, &*two];
    let bus = bus(url.clone(), &stop);
    balance::subscribe(&*bus, [one.clone() as _, two.clone() as _], 20, &stop).await;
    let carrying = relay(publisher.clone(), bus.clone(), &stop);

    let round = Round::new(KEYS);
    round.commit_all(&*publisher, Duration::ZERO).await;
    assert_eq!(publisher.status().await.unwrap().waiting, KEYS as u64);
    engines.run(&["up", "rabbitmq"]);
    settle(round, &publisher, consumers, "absent at boot").await;

    let round = Round::new(KEYS * 3);
    let store = publisher.clone();
    let busy = tokio::spawn(async move { round.commit_all(&*store, PACE * 2).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    engines.run(&["down", "rabbitmq"]);
    engines.run(&["up", "rabbitmq"]);
    busy.await.unwrap();
    settle(round, &publisher, consumers, "restarted while busy").await;

    engines.run(&["rabbitmqctl", "set_disk_free_limit", "9000GB"]);
    let round = Round::new(KEYS);
    round.commit_all(&*publisher, Duration::ZERO).await;
    eventually("the alarm to be noticed", || async {
        matches!(bus.state(), State::Blocked { .. })
    })
    .await;
    assert!(bus.ping().await.is_ok(), "commands can still be taken");
    let waiting = publisher.status().await.unwrap().waiting;
    assert!(
        waiting > 0,
        "an event left the outbox for a broker that takes none"
    );
    what_is_there_is_still_consumed(&url, &engines).await;
    engines.run(&["rabbitmqctl", "set_disk_free_limit", "100MB"]);
    settle(round, &publisher, consumers, "disk full").await;
    assert_eq!(bus.state(), State::Connected);

    stop.cancel();
    carrying.await.unwrap();
    bus.ended().await;
}

/// Consumers are not stopped by the alarm: what another bus published before it is handled.
async fn what_is_there_is_still_consumed(url: &str, engines: &OwnEngines) {
    engines.run(&["rabbitmqctl", "set_disk_free_limit", "100MB"]);
    let stop = CancellationToken::new();
    let mut databases = Databases::default();
    let (publisher, one, two) = (
        databases.store("publisher").await,
        databases.store("one").await,
        databases.store("two").await,
    );
    let bus = bus(url.to_owned(), &stop);
    let round = Round::new(KEYS);
    round.commit_all(&*publisher, Duration::ZERO).await;
    let carrying = relay(publisher.clone(), bus.clone(), &stop);
    eventually("an empty outbox", || async {
        publisher.status().await.unwrap().waiting == 0
    })
    .await;
    engines.run(&["rabbitmqctl", "set_disk_free_limit", "9000GB"]);
    balance::subscribe(&*bus, [one.clone() as _, two.clone() as _], 20, &stop).await;
    settle(
        round,
        &publisher,
        [&*one, &*two],
        "consumed while the disk is full",
    )
    .await;
    stop.cancel();
    carrying.await.unwrap();
    bus.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_ends_while_busy_finishes_what_it_has_in_hand_and_leaves_the_rest() {
    let mut databases = Databases::default();
    let (publisher, one, two) = (
        databases.store("publisher").await,
        databases.store("one").await,
        databases.store("two").await,
    );
    let (topology, round) = (topology(), Round::new(KEYS * 2));
    round.commit_all(&*publisher, Duration::ZERO).await;
    for life in 0..4 {
        let stop = CancellationToken::new();
        let bus = bus_of(topology.clone(), address("KITH_TEST_RABBITMQ"), &stop);
        balance::subscribe(&*bus, [one.clone() as _, two.clone() as _], 5, &stop).await;
        let carrying = relay(publisher.clone(), bus.clone(), &stop);
        if life == 3 {
            settle(round, &publisher, [&*one, &*two], "ended three times").await;
        } else {
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        stop.cancel();
        let ended = async {
            carrying.await.unwrap();
            bus.ended().await;
        };
        let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
        assert!(ended.is_ok(), "it did not end");
    }
}
