//! Killed at every named step of commit, relay, delivery, effect and acknowledgement, for each kind
//! of store: afterwards the ledger balances.
//!
//! A test starts the small program of [`program`] as a child process that ends by SIGKILL at one
//! place, twice, then lets it finish undisturbed and audits the stores itself.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]
#![cfg(all(feature = "engines", feature = "crash-points"))]

#[path = "crash/program.rs"]
mod program;
#[path = "crash/stores.rs"]
mod stores;

use std::{
    os::unix::process::ExitStatusExt as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use skeleton_durable::{
    contract::{balance::Round, child::ended},
    crash,
};
use stores::{Kind, Place};

/// Places that only the bus in the process has, and only the broker.
const IN_PROCESS: [&str; 1] = ["inbox.received"];
const BROKER: [&str; 2] = ["ack.before", "ack.after"];

/// How long the program may take to settle.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
#[ignore = "the program that the tests below run as a child process"]
fn the_program() {
    program::main();
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_and_the_bus_in_the_process_balance_after_a_kill_at_every_step() {
    every_step(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_and_rabbitmq_balance_after_a_kill_at_every_step() {
    every_step(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn neo4j_and_rabbitmq_balance_after_a_kill_at_every_step() {
    every_step(Kind::Neo4j).await;
}

async fn every_step(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let (place, _databases) = Place::new(kind, folder.path()).await;
    let elsewhere: &[&str] = match kind {
        Kind::Sqlite => &BROKER,
        Kind::Postgres | Kind::Neo4j => &IN_PROCESS,
    };
    let mut rounds = Vec::new();
    for point in crash::POINTS
        .iter()
        .filter(|point| !elsewhere.contains(point))
    {
        let round = Round::new(program::KEYS);
        let began = Instant::now();
        for passing in [1, 4] {
            killed(&place, round, point, passing);
        }
        finished(&place, round);
        audit(&place, round, point).await;
        println!("{point}: {:.1} s", began.elapsed().as_secs_f64());
        rounds.push((*point, round));
    }
    // What a killed run left with the broker has come by now: it must have had no second effect.
    finished(&place, Round::new(program::KEYS));
    let stores = place.open().await;
    let [one, two] = &stores.consumers;
    for (point, round) in rounds {
        let at = format!("{point}, in the end");
        round
            .effects(&at, &*stores.publisher, [&**one, &**two])
            .await;
    }
    stores.close().await;
}

fn run(place: &Place, round: Round) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "the_program", "--nocapture"])
        .env("KITH_CRASH_ROUND", round.id.to_string())
        .env("KITH_CRASH_PLACE", serde_json::to_string(place).unwrap())
        .env_remove("KITH_CRASH_POINT")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Runs the program until it is killed. That it is, is part of the test: a place that is never
/// passed proves nothing.
fn killed(place: &Place, round: Round, point: &str, passing: u32) {
    let mut program = run(place, round);
    program
        .env("KITH_CRASH_POINT", point)
        .env("KITH_CRASH_AFTER", passing.to_string());
    let status = ended(&mut program, PATIENCE);
    assert_eq!(
        status.signal(),
        Some(9),
        "{point} was not passed {passing} times: {status}"
    );
}

fn finished(place: &Place, round: Round) {
    let status = ended(&mut run(place, round), PATIENCE);
    assert!(status.success(), "the program did not settle: {status}");
}

async fn audit(place: &Place, round: Round, point: &str) {
    let stores = place.open().await;
    let [one, two] = &stores.consumers;
    round
        .audit(point, &*stores.publisher, [&**one, &**two])
        .await;
    stores.close().await;
}
