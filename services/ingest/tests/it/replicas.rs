//! Several replicas on one database and one folder of files.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Fixture, Ground, Owner, eventually, numbered};

/// Longest time until another replica has taken over what a killed one was at.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(20);

/// Every record of the file once, in its order.
async fn check_receipt(owner: &Owner, import: &str, from: usize, count: usize) {
    let (mut next, mut cursor) = (from, String::new());
    loop {
        let path = format!("/imports/{import}/receipt?limit=200{cursor}");
        let page = owner.get(&path).await;
        for line in page["items"].as_array().unwrap() {
            assert_eq!(line["label"], format!("Ada No{next}"));
            assert_eq!(line["outcome"], "created", "{line}");
            next += 1;
        }
        match page["next"].as_str() {
            Some(cursor_of_next) => cursor = format!("&cursor={cursor_of_next}"),
            None => break,
        }
    }
    assert_eq!(next, from + count);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_that_see_the_same_imports_run_each_once() {
    let ground = Ground::fresh().await;
    let one = Fixture::start_on(ground.clone(), |_| {}).await;
    let two = Fixture::start_on(ground, |_| {}).await;
    let mut imports = Vec::new();
    for n in 0..4 {
        let owner = one.account(&format!("owner{n}@example.net")).await;
        for part in 0..2 {
            let from = part * 500;
            let taken: Value = owner
                .upload("a.csv", numbered(from, 500))
                .await
                .expect_status(202)
                .json();
            imports.push((owner.id, taken["id"].as_str().unwrap().to_owned(), from));
        }
    }
    for (id, import, from) in imports {
        let owner = Owner {
            id,
            client: two.client.as_account(id.0),
        };
        let read = owner.read(&import).await;
        assert_eq!(read["counts"]["records"], 500, "{read}");
        assert_eq!(read["counts"]["created"], 500, "{read}");
        check_receipt(&owner, &import, from, 500).await;
    }
}

#[test]
fn an_import_of_a_killed_replica_is_taken_over_by_another() {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
    };
    let (doomed, survivor) = (runtime(), runtime());
    let (id, import, ground, seen) = doomed.block_on(async {
        let ground = Ground::fresh().await;
        let fixture = Fixture::start_on(ground.clone(), |_| {}).await;
        let owner = fixture.account("owner@example.net").await;
        let taken: Value = owner.upload("a.csv", numbered(0, 5_000)).await.json();
        let import = taken["id"].as_str().unwrap().to_owned();
        let seen = eventually("it gets on", async || {
            let now = owner.get(&format!("/imports/{import}")).await;
            now["counts"]["records"].as_u64().filter(|seen| *seen > 0)
        })
        .await;
        (owner.id, import, ground, seen)
    });
    let other = survivor.block_on(Fixture::start_on(ground, |_| {}));
    // No goodbye: every task is gone from one moment to the next, its leases are not.
    doomed.shutdown_background();
    let killed = Instant::now();
    survivor.block_on(async {
        let owner = Owner {
            id,
            client: other.client.as_account(id.0),
        };
        let path = format!("/imports/{import}");
        let at_kill = owner.get(&path).await["counts"]["records"].as_u64();
        assert!(at_kill < Some(5_000), "it ended before it was killed");
        assert!(at_kill >= Some(seen));
        eventually("another goes on with it", async || {
            let now = owner.get(&path).await["counts"]["records"].as_u64();
            (now > at_kill).then_some(())
        })
        .await;
        assert!(
            killed.elapsed() < TAKEN_OVER_WITHIN,
            "{:?}",
            killed.elapsed()
        );
        let read = owner.read(&import).await;
        assert_eq!(read["counts"]["created"], 5_000, "{read}");
        check_receipt(&owner, &import, 0, 5_000).await;
    });
}
