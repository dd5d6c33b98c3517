//! Services and engines are killed at seeded moments of an import: it finishes by itself, and what
//! every store then holds equals what an undisturbed run left.
//!
//! `KITH_KILLS` says how many are killed (six by default), `KITH_SEED` which and when.

use std::time::{Duration, Instant};

use kith_tests::{
    disturbance::{Seeded, connections, number},
    services,
};
use serde_json::json;

use crate::{ONE, client::Client, contents::Contents, deployment::Deployment};

const CONTACTS: usize = 5_000;

/// Beside the first replica of each service; Elasticsearch and Neo4j take longest to come back.
const ENGINES: [&str; 4] = ["postgres", "rabbitmq", "neo4j", "elasticsearch"];

/// What one run leaves, as both members of the circle see it.
struct Run {
    counts: serde_json::Value,
    grace: Contents,
    ada: Contents,
    took: Duration,
}

/// An import in a circle of two who share names; `disturb` happens meanwhile.
async fn run(deployment: &Deployment, disturb: impl AsyncFnOnce()) -> Run {
    let url = deployment.url();
    let grace = Client::sign_up(&url, "grace@example.org", "Grace Hopper").await;
    let ada = Client::sign_up(&url, "ada@example.org", "Ada Lovelace").await;
    let circle = grace.made("/circles", &json!({"name": "Colleagues"})).await;
    let circle = circle["id"].as_str().unwrap().to_owned();
    let invitation = json!({"email": "ada@example.org"});
    grace
        .made(&format!("/circles/{circle}/invitations"), &invitation)
        .await;
    let mine = crate::deployment::until("the invitation", async || {
        let list = ada
            .attempt(reqwest::Method::GET, "/invitations", None)
            .await?;
        list["items"][0]["id"]
            .as_str()
            .map(str::to_owned)
            .ok_or(list.to_string())
    })
    .await;
    let sharing = json!({"sharing": "name"});
    ada.made(&format!("/invitations/{mine}/acceptance"), &sharing)
        .await;
    grace
        .patch(&format!("/circles/{circle}/membership"), &sharing)
        .await;

    let began = Instant::now();
    let import = grace
        .upload("Connections.csv", &connections(CONTACTS))
        .await;
    let waiting = async {
        let counts = grace.imported(&import).await;
        (counts, began.elapsed())
    };
    let ((counts, took), ()) = tokio::join!(waiting, disturb());
    deployment.settled().await;
    Run {
        counts,
        grace: Contents::seen_by(&grace, Some(&import)).await,
        ada: Contents::seen_by(&ada, None).await,
        took,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_during_an_import_the_stores_end_as_undisturbed() {
    let _one = ONE.lock().await;
    let deployment = Deployment::fresh(1).await;
    let undisturbed = run(&deployment, async || {}).await;
    drop(deployment);
    assert_eq!(
        undisturbed.grace.people(),
        CONTACTS - CONTACTS / 50,
        "two spellings are one person"
    );
    assert!(undisturbed.ada.people() > 0, "what is shared is seen");

    let mut random = Seeded::from_environment(7);
    let mut next = || random.draw() as usize;
    let services = services::listed().into_iter();
    let victims_there_are: Vec<String> = services
        .map(|service| format!("{}-1", service.name))
        .chain(ENGINES.map(str::to_owned))
        .collect();
    let mut left = number("KITH_KILLS", 6) as usize;
    while left > 0 {
        // A few in one import, so that one outage meets another.
        let now = left.min(6);
        left -= now;
        let mut victims: Vec<&str> = Vec::new();
        while victims.len() < now {
            let victim = victims_there_are[next() % victims_there_are.len()].as_str();
            if !victims.contains(&victim) {
                victims.push(victim);
            }
        }
        let pauses: Vec<u64> = victims.iter().map(|_| (next() % 1_000) as u64).collect();
        println!("killed in turn: {victims:?}, after {pauses:?} ms each");
        let deployment = Deployment::fresh(1).await;
        let disturbed = run(&deployment, async || {
            for (victim, pause) in victims.iter().zip(&pauses) {
                tokio::time::sleep(Duration::from_millis(*pause)).await;
                deployment.kill(victim).await;
            }
        })
        .await;
        println!(
            "undisturbed {:?}, disturbed {:?}",
            undisturbed.took, disturbed.took
        );
        assert_eq!(disturbed.counts, undisturbed.counts);
        for (mine, theirs) in [
            (&disturbed.grace, &undisturbed.grace),
            (&disturbed.ada, &undisturbed.ada),
        ] {
            assert_eq!(mine.difference(theirs), None, "after {victims:?}");
        }
    }
}
