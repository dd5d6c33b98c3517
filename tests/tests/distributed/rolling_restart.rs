//! Every service is restarted, one replica after another, while people use Kith: not one request
//! fails, not one import is interrupted.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::Method;
use serde_json::json;

use crate::{ONE, balancer::Balancer, client::Client, deployment::Deployment};

const CONTACTS: usize = 1_000;
/// Users who ask one request after another.
const USERS: usize = 6;
/// Between two requests of one user: load, not a stress test of two cores.
const THINK: Duration = Duration::from_millis(30);

#[derive(Default)]
struct Tally {
    answered: AtomicUsize,
    failed: Mutex<Vec<String>>,
    end: AtomicBool,
}

/// Reads and writes in turn, without repeating anything that fails.
async fn use_kith(client: Client, person: String, tally: Arc<Tally>) {
    let mut turn = 0usize;
    while !tally.end.load(Ordering::Relaxed) {
        let reminder = json!({"note": "call", "due_at": "2040-01-01T00:00:00Z"});
        let paths = format!("/paths?to={person}");
        let one = format!("/people/{person}");
        let (method, path, body) = match turn % 6 {
            0 => (Method::GET, "/people?q=given", None),
            1 => (Method::GET, paths.as_str(), None),
            2 => (Method::GET, one.as_str(), None),
            3 => (Method::POST, "/reminders", Some(&reminder)),
            4 => (Method::GET, "/me", None),
            _ => (Method::GET, "/circles", None),
        };
        match client.attempt(method.clone(), path, body).await {
            Ok(_) => {
                tally.answered.fetch_add(1, Ordering::Relaxed);
            }
            Err(why) => tally
                .failed
                .lock()
                .unwrap()
                .push(format!("{method} {path}: {why}")),
        }
        turn += 1;
        tokio::time::sleep(THINK).await;
    }
}

fn contacts(from: usize) -> String {
    let rows = (from..from + CONTACTS).map(|n| {
        format!("Given{n},Family{n},https://www.linkedin.com/in/rolling-{n},,Org {},Title {n},04 Mar 2021\n", n % 20)
    });
    "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n".to_owned()
        + &rows.collect::<String>()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_every_service_in_turn_fails_no_request_and_no_import() {
    let _one = ONE.lock().await;
    let deployment = Deployment::fresh(2).await;
    let balancer = Balancer::before(deployment.gateways()).await;
    let client = Client::sign_up(&balancer.url, "grace@example.org", "Grace Hopper").await;
    let first = client.upload("Connections.csv", &contacts(0)).await;
    client.imported(&first).await;
    let people = client.get("/people?limit=1").await;
    let person = people["items"][0]["id"].as_str().unwrap().to_owned();

    let tally = Arc::new(Tally::default());
    let users: Vec<_> = (0..USERS)
        .map(|_| tokio::spawn(use_kith(client.clone(), person.clone(), tally.clone())))
        .collect();
    let importing = async {
        let mut done = 0;
        while !tally.end.load(Ordering::Relaxed) {
            done += 1;
            let import = client
                .upload("Connections.csv", &contacts(done * CONTACTS))
                .await;
            client.imported(&import).await;
        }
        done
    };
    let restarting = async {
        deployment.services(&["restart"]).await;
        tally.end.store(true, Ordering::Relaxed);
    };
    let (imports, ()) = tokio::join!(importing, restarting);
    for user in users {
        user.await.unwrap();
    }
    let (answered, failed) = (
        tally.answered.load(Ordering::Relaxed),
        tally.failed.lock().unwrap().clone(),
    );
    println!("{answered} requests answered, {imports} imports ended during the restarts");
    assert!(answered > 100, "there was no load: {answered}");
    assert!(
        failed.is_empty(),
        "{} failed: {:#?}",
        failed.len(),
        &failed[..failed.len().min(10)]
    );
    deployment.settled().await;
}
