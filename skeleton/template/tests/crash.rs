//! Killed at every named step of commit, relay, delivery, effect and acknowledgement, on either
//! store: afterwards every change was counted once.
//!
//! A test starts [`the_program`] as a child process that ends by SIGKILL at one place, lets it
//! finish undisturbed, and looks for itself.

#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(all(feature = "distributed", feature = "crash-points"))]

use std::{
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use skeleton_durable::{
    bus::{
        Bus,
        in_process::InProcessBus,
        rabbitmq::{self, RabbitMqBus, Topology},
    },
    clock::SystemClock,
    contract::{child::ended, database::Database},
    crash,
    sql::postgres,
};
use skeleton_host::{
    http::Method,
    shutdown::Shutdown,
    testing::{TestClient, verifier_for},
};
use skeleton_service::{Context, Service};
use template::wiring;
use uuid::Uuid;

const THINGS: &str = "/api/v1/templates";
/// How many things a round makes.
const MADE: i64 = 12;
/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Places that this service never passes (nothing fails in it), that only the bus in the process
/// has, and only the broker.
const NOTHING_FAILS: [&str; 2] = ["effect.postponed", "effect.parked"];
const IN_PROCESS: [&str; 1] = ["inbox.received"];
const BROKER: [&str; 2] = ["ack.before", "ack.after"];

/// Where the program works: in a folder, or in a database with an exchange.
#[derive(Clone, Debug)]
struct Place {
    folder: PathBuf,
    engines: Option<(String, String)>,
}

fn address(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} must hold the address of a running engine"))
}

#[test]
#[ignore = "the program that the tests below run as a child process"]
fn the_program() {
    let variable = |name| std::env::var(name).ok();
    let place = Place {
        folder: variable("KITH_CRASH_FOLDER").unwrap().into(),
        engines: variable("KITH_CRASH_DATABASE").zip(variable("KITH_CRASH_EXCHANGE")),
    };
    let round: Uuid = variable("KITH_CRASH_ROUND").unwrap().parse().unwrap();
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(make_things(place, round));
}

async fn make_things(place: Place, round: Uuid) {
    let (mut service, client, shutdown) = open(&place, place.engines.is_some()).await;
    service.start(&shutdown);
    let ada = client.as_account(round);
    for n in 0..MADE {
        // Made once, however often it is asked for.
        ada.request(Method::POST, THINGS)
            .header("idempotency-key", &format!("k{n}"))
            .json(&json!({"name": format!("thing {n}")}))
            .await
            .expect_status(201);
    }
    let outbox = service.operations.outbox.clone().unwrap();
    loop {
        let changes = changes(&client, round).await;
        if changes >= MADE && outbox.status().await.unwrap().waiting == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    shutdown.finish(Duration::from_secs(5)).await;
}

/// The service, opened; over the broker, or over a bus that leads nowhere else.
async fn open(place: &Place, broker: bool) -> (Service, TestClient, Shutdown) {
    let (tokens, signer) = verifier_for(wiring::NAME);
    let shutdown = Shutdown::new();
    let bus: Arc<dyn Bus> = match &place.engines {
        Some((_, exchange)) if broker => {
            let topology = Topology {
                exchange: exchange.clone(),
                consumers: vec![(wiring::NAME, wiring::KINDS.to_vec())],
            };
            let url = address("KITH_TEST_RABBITMQ");
            let settings = rabbitmq::Settings::new(url, wiring::NAME, topology);
            Arc::new(RabbitMqBus::new(settings, shutdown.token()))
        }
        _ => Arc::new(InProcessBus::default()),
    };
    let context = Context {
        data: place.folder.clone(),
        bus,
        clock: Arc::new(SystemClock),
        tokens,
        shutdown: shutdown.clone(),
    };
    let service = match &place.engines {
        None => wiring::standalone(&context).await.unwrap(),
        Some((url, _)) => {
            let settings = postgres::Settings {
                url: url.clone(),
                connections: 4,
            };
            wiring::distributed(&context, &settings).await.unwrap()
        }
    };
    let client = TestClient::new(service.routes.clone(), signer, wiring::NAME);
    (service, client, shutdown)
}

async fn changes(client: &TestClient, account: Uuid) -> i64 {
    let ada = client.as_account(account);
    let activity: Value = ada.get(&format!("{THINGS}/activity")).await.json();
    activity["changes"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_every_change_is_counted_once_after_a_kill_at_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place {
        folder: folder.path().to_owned(),
        engines: None,
    };
    every_step(place, &BROKER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_and_rabbitmq_every_change_is_counted_once_after_a_kill_at_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::fresh("crash").await;
    let exchange = format!("crash-{}", Uuid::now_v7().simple());
    let place = Place {
        folder: folder.path().to_owned(),
        engines: Some((database.url(), exchange)),
    };
    every_step(place, &IN_PROCESS).await;
}

async fn every_step(place: Place, elsewhere: &[&str]) {
    let mut rounds = Vec::new();
    for point in crash::POINTS {
        if elsewhere.contains(&point) || NOTHING_FAILS.contains(&point) {
            continue;
        }
        let round = Uuid::now_v7();
        let status = run(&place, round, Some(point));
        assert_eq!(status.signal(), Some(9), "{point} was not passed: {status}");
        let status = run(&place, round, None);
        assert!(status.success(), "{point}: it did not settle: {status}");
        rounds.push((point, round));
    }
    // Whatever a killed run left with the broker comes to one that makes things of its own.
    assert!(run(&place, Uuid::now_v7(), None).success());
    let (service, client, shutdown) = open(&place, false).await;
    let waiting = service.operations.outbox.unwrap().status().await.unwrap();
    assert_eq!(waiting.waiting, 0, "the outbox is not empty");
    for (point, round) in rounds {
        let listed: Value = client.as_account(round).get(THINGS).await.json();
        let made = listed["items"].as_array().unwrap().len() as i64;
        assert_eq!(made, MADE, "{point}: made");
        assert_eq!(changes(&client, round).await, MADE, "{point}: counted");
    }
    shutdown.finish(Duration::from_secs(5)).await;
}

fn run(place: &Place, round: Uuid, killed_at: Option<&str>) -> std::process::ExitStatus {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "the_program", "--nocapture"])
        .env("KITH_CRASH_FOLDER", Path::new(&place.folder))
        .env("KITH_CRASH_ROUND", round.to_string())
        .env_remove("KITH_CRASH_POINT")
        .env("KITH_CRASH_AFTER", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if let Some((database, exchange)) = &place.engines {
        command
            .env("KITH_CRASH_DATABASE", database)
            .env("KITH_CRASH_EXCHANGE", exchange);
    }
    if let Some(point) = killed_at {
        command.env("KITH_CRASH_POINT", point);
    }
    ended(&mut command, PATIENCE)
}
