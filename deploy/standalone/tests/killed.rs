//! The program is killed (SIGKILL) at random moments of an import and started again: the import
//! finishes by itself, nothing is lost and nothing is there twice. What the stores then answer
//! equals what an undisturbed run answers.
//!
//! `KITH_KILLS` says how many moments (five by default), `KITH_SEED` which.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

mod running;

use std::{collections::BTreeSet, time::Instant};

use kith_tests::disturbance::{Seeded, number, texts};

use running::{Kith, Session};

const PEOPLE: usize = 1500;
/// What the stores answer, without what differs from run to run: ids and times.
async fn contents(session: &Session<'_>, import: &str) -> Contents {
    let people = session.all("/people?").await;
    let ids: BTreeSet<String> = people
        .iter()
        .map(|person| person["id"].to_string())
        .collect();
    assert_eq!(ids.len(), people.len(), "search holds somebody twice");
    // Network: a path to some of them, with its score.
    let mut reached = Vec::new();
    for person in people.iter().filter(|person| {
        person["title"]
            .as_str()
            .is_some_and(|title| title.ends_with("00"))
    }) {
        let id = person["id"].as_str().unwrap();
        let path = session.get(&format!("/paths?to={id}")).await;
        reached.push(format!(
            "{} {}",
            person["display_name"], path["items"][0]["score"]
        ));
        let fields = session.get(&format!("/people/{id}")).await;
        assert_eq!(
            fields["display_name"], person["display_name"],
            "ingest and search differ"
        );
    }
    reached.sort();
    let receipt = session.all(&format!("/imports/{import}/receipt?")).await;
    Contents {
        people: texts(
            &people,
            &[
                "display_name",
                "emails",
                "organisation",
                "title",
                "strength",
            ],
        ),
        reached,
        receipt: texts(&receipt, &["position", "outcome", "label"]),
    }
}

#[derive(Debug, PartialEq)]
struct Contents {
    people: Vec<String>,
    reached: Vec<String>,
    receipt: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_killed_at_random_moments_ends_as_an_undisturbed_one() {
    skeleton_host::upstream::install_tls();
    let data = tempfile::tempdir().unwrap();
    let kith = Kith::start(data.path()).await;
    kith.sign_up().await;
    let session = kith.sign_in().await;
    let began = Instant::now();
    let import = session.upload(PEOPLE).await;
    let counts = session.finished(&import).await;
    let took = began.elapsed();
    let undisturbed = contents(&session, &import).await;
    assert_eq!(
        undisturbed.people.len(),
        PEOPLE - PEOPLE / 50,
        "two spellings are one person"
    );
    assert!(!undisturbed.reached.is_empty());
    kith.kill();

    let mut random = Seeded::from_environment(42);
    for round in 1..=number("KITH_KILLS", 5) {
        let after = took.mul_f64(random.draw() as f64 / f64::from(1u32 << 31));
        let data = tempfile::tempdir().unwrap();
        let kith = Kith::start(data.path()).await;
        kith.sign_up().await;
        let session = kith.sign_in().await;
        let import = session.upload(PEOPLE).await;
        tokio::time::sleep(after).await;
        kith.kill();

        let kith = Kith::start(data.path()).await;
        let session = kith.sign_in().await;
        let counts_after = session.finished(&import).await;
        println!("round {round}: killed {after:?} after the upload");
        assert_eq!(counts_after, counts, "round {round}");
        let found = contents(&session, &import).await;
        assert!(
            found == undisturbed,
            "round {round}: {found:?}\n\nundisturbed: {undisturbed:?}"
        );
        kith.kill();
    }
}
