//! What a store of the gateway promises, on every database, several replicas at once included.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are outside of tests"
)]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use jiff::Timestamp;
use skeleton_durable::{
    commit::{ChangeSet, CommitError},
    sql::sqlite,
    stored::Examine,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    domain::{
        epoch::Epoch,
        tasks::{ClockSeen, Task},
        updates::Kept,
    },
    ports::{Store, Write},
};

const MINUTE: Duration = Duration::from_secs(60);

/// Several replicas' ways to one store.
struct Replicas<S>(Vec<Arc<S>>);

impl<S: Store + 'static> Replicas<S> {
    fn one(&self) -> &Arc<S> {
        &self.0[0]
    }

    async fn write(&self, write: Write) -> Result<(), CommitError> {
        self.one().commit(ChangeSet::new().write(write)).await
    }

    /// Every replica runs `work`, several times at once; gives what each run gave.
    async fn at_once<T, F>(&self, runs: usize, work: impl Fn(Arc<S>, usize) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let mut running = JoinSet::new();
        for run in 0..runs {
            running.spawn(work(self.0[run % self.0.len()].clone(), run));
        }
        running.join_all().await
    }
}

fn live(account: Uuid, data: &str) -> Write {
    Write::Live {
        account,
        event: "import",
        data: data.to_owned(),
        kept: 1_000,
    }
}

/// Commits, again where another replica was in the way.
async fn commit(store: &impl Store, change: impl Fn() -> ChangeSet<Write>) {
    for _ in 0..50 {
        match store.commit(change()).await {
            Ok(()) => return,
            Err(CommitError::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("never committed");
}

async fn updates_of_an_account_are_numbered<S: Store + 'static>(on: &Replicas<S>) {
    let (ada, bob) = (Uuid::now_v7(), Uuid::now_v7());
    for data in ["1", "2", "3"] {
        on.write(live(ada, data)).await.unwrap();
    }
    on.write(live(bob, "1")).await.unwrap();
    let updates = on.one().updates(ada, 1, 10).await.unwrap();
    let seen: Vec<_> = updates.iter().map(|u| (u.id, u.data.as_str())).collect();
    assert_eq!(seen, [(2, "2"), (3, "3")]);
    assert_eq!(on.one().updates(ada, 0, 1).await.unwrap()[0].id, 1);
    let kept = Kept {
        oldest: 1,
        newest: 3,
    };
    assert_eq!(on.one().kept(ada).await.unwrap(), kept);
    assert_eq!(on.one().kept(bob).await.unwrap().newest, 1);
    assert_eq!(on.one().kept(Uuid::nil()).await.unwrap(), Kept::default());
}

async fn only_the_last_updates_are_kept<S: Store + 'static>(on: &Replicas<S>) {
    let ada = Uuid::now_v7();
    for data in ["1", "2", "3", "4"] {
        let mut write = live(ada, data);
        if let Write::Live { kept, .. } = &mut write {
            *kept = 2;
        }
        on.write(write).await.unwrap();
    }
    let kept = Kept {
        oldest: 3,
        newest: 4,
    };
    assert_eq!(on.one().kept(ada).await.unwrap(), kept);
}

async fn ids_rise_by_one_whoever_writes<S: Store + 'static>(on: &Replicas<S>) {
    let accounts = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    let runs = 24;
    // While they are written somebody reads: what is seen has no gaps that are filled later.
    let (reader, ada) = (on.one().clone(), accounts[0]);
    let reading = tokio::spawn(async move {
        let mut last = 0;
        while last < runs {
            for update in reader.updates(ada, last, 100).await.unwrap() {
                assert_eq!(update.id, last + 1, "a gap was seen");
                last = update.id;
            }
            tokio::task::yield_now().await;
        }
    });
    on.at_once(runs as usize, |store, run| async move {
        // Each in another order of accounts, as circles and their members come.
        let change = || {
            let mut change = ChangeSet::new();
            for at in 0..accounts.len() {
                let account = accounts[(at + run) % accounts.len()];
                change = change.write(live(account, &run.to_string()));
            }
            change
        };
        commit(&*store, change).await;
    })
    .await;
    for account in accounts {
        let updates = on.one().updates(account, 0, 1_000).await.unwrap();
        let ids: Vec<i64> = updates.iter().map(|update| update.id).collect();
        assert_eq!(ids, (1..=runs).collect::<Vec<_>>());
        let told: BTreeSet<&str> = updates.iter().map(|update| update.data.as_str()).collect();
        assert_eq!(told.len(), runs as usize, "each once");
    }
    reading.await.unwrap();
}

async fn news_name_who_was_told_lately<S: Store + 'static>(on: &Replicas<S>) {
    let ada = Uuid::now_v7();
    on.write(live(ada, "1")).await.unwrap();
    on.write(live(ada, "2")).await.unwrap();
    let news = on.0[on.0.len() - 1].news(MINUTE).await.unwrap();
    assert!(news.contains(&(ada, 2)), "{news:?}");
    assert_eq!(on.one().news(Duration::ZERO).await.unwrap(), []);
}

async fn an_account_is_found_by_its_newest_address<S: Store + 'static>(on: &Replicas<S>) {
    let (id, name) = (Uuid::now_v7(), Uuid::now_v7());
    let known = |address: Option<&str>, version| Write::Account {
        id,
        email: address.map(|address| format!("{address}-{name}@example.com")),
        version,
    };
    on.write(known(Some("new"), 2)).await.unwrap();
    on.write(known(Some("old"), 1)).await.unwrap();
    let find = async |address: &str| {
        let address = format!("{address}-{name}@Example.com");
        on.one().account_of(&address).await.unwrap()
    };
    assert_eq!((find("NEW").await, find("old").await), (Some(id), None));
    let known_accounts = async |are_gone| {
        let all = on.one().account_versions(are_gone).await.unwrap();
        all.into_iter().find(|(known, _)| *known == id)
    };
    assert_eq!(known_accounts(false).await, Some((id, 2)));
    assert_eq!(known_accounts(true).await, None);

    on.write(live(id, "1")).await.unwrap();
    let erased = ChangeSet::new()
        .write(known(None, 3))
        .write(Write::Forget(id));
    on.one().commit(erased).await.unwrap();
    on.write(known(Some("new"), 2)).await.unwrap();
    assert_eq!(find("new").await, None, "it does not come back");
    assert_eq!(on.one().kept(id).await.unwrap(), Kept::default());
    assert_eq!(known_accounts(false).await, None);
    assert_eq!(known_accounts(true).await, Some((id, 3)));
}

async fn a_bucket_gives_what_it_holds_and_no_more<S: Store + 'static>(on: &Replicas<S>) {
    let bucket = format!("sign-in {}", Uuid::now_v7());
    let taken = on
        .at_once(20, |store, _| {
            let take = Write::Take {
                bucket: bucket.clone(),
                cost: MINUTE / 5,
                holds: MINUTE,
            };
            async move {
                loop {
                    match store.commit(ChangeSet::new().write(take.clone())).await {
                        Ok(()) => return true,
                        Err(CommitError::Conflict(_)) => return false,
                        Err(CommitError::Unavailable(_)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        })
        .await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 5);
    let left = on
        .one()
        .buckets(std::slice::from_ref(&bucket))
        .await
        .unwrap();
    assert_eq!(left[0].name, bucket);
    assert!(left[0].full_in > MINUTE / 2 && left[0].full_in <= MINUTE);
}

async fn what_replicas_spent_adds_up<S: Store + 'static>(on: &Replicas<S>) {
    let names: Vec<String> = (0..3).map(|_| Uuid::now_v7().to_string()).collect();
    on.at_once(12, |store, run| {
        let names = names.clone();
        async move {
            let spent = || {
                let at = |at: usize| names[(at + run) % names.len()].clone();
                Write::Spend((0..names.len()).map(|n| (at(n), MINUTE)).collect())
            };
            commit(&*store, || ChangeSet::new().write(spent())).await;
        }
    })
    .await;
    let buckets = on.one().buckets(&names).await.unwrap();
    assert_eq!(buckets.len(), 3);
    for bucket in buckets {
        assert!(
            bucket.full_in > MINUTE * 11 && bucket.full_in <= MINUTE * 12,
            "{bucket:?}"
        );
    }
    let passing = Uuid::now_v7().to_string();
    let spent = Write::Spend(vec![(passing.clone(), Duration::ZERO)]);
    on.write(spent).await.unwrap();
    on.write(Write::DropFullBuckets).await.unwrap();
    let gone = on.one().buckets(&[passing]).await.unwrap();
    assert_eq!(gone, []);
    assert_eq!(on.one().buckets(&names).await.unwrap().len(), 3);
}

async fn suite<S: Store + 'static>(on: Replicas<S>) {
    updates_of_an_account_are_numbered(&on).await;
    only_the_last_updates_are_kept(&on).await;
    ids_rise_by_one_whoever_writes(&on).await;
    news_name_who_was_told_lately(&on).await;
    an_account_is_found_by_its_newest_address(&on).await;
    a_bucket_gives_what_it_holds_and_no_more(&on).await;
    what_replicas_spent_adds_up(&on).await;
    the_last_word_on_a_task_counts(&on).await;
    an_epoch_begins_for_all_replicas(&on).await;
}

async fn the_last_word_on_a_task_counts<S: Store + 'static>(on: &Replicas<S>) {
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    assert_eq!(on.one().tasks().await.unwrap(), []);
    assert_eq!(on.one().task_clock().await.unwrap(), None);
    let mut task = Task {
        name: "drill".to_owned(),
        tried_at: at(100),
        due_at: at(200),
        succeeded_at: None,
        failing_since: Some(at(50)),
        failure: Some("it is damaged".to_owned()),
        notified_at: Some(at(60)),
        archive: None,
        bytes: None,
        oldest_at: None,
    };
    on.write(Write::Task(task.clone())).await.unwrap();
    let backup = Task {
        name: "backup".to_owned(),
        ..task.clone()
    };
    on.write(Write::Task(backup.clone())).await.unwrap();
    (task.failing_since, task.failure, task.notified_at) = (None, None, None);
    task.succeeded_at = Some(at(150));
    task.archive = Some("kith-20261129T230519Z.tar.zst".to_owned());
    (task.bytes, task.oldest_at) = (Some(7), Some(at(1)));
    on.write(Write::Task(task.clone())).await.unwrap();
    for replica in &on.0 {
        assert_eq!(
            replica.tasks().await.unwrap(),
            [backup.clone(), task.clone()]
        );
    }
    for second in [300, 301] {
        let seen = ClockSeen {
            seen_at: at(second),
            steady_since: at(250),
        };
        on.write(Write::TaskClock(seen)).await.unwrap();
        assert_eq!(on.one().task_clock().await.unwrap(), Some(seen));
    }
}

async fn an_epoch_begins_for_all_replicas<S: Store + 'static>(on: &Replicas<S>) {
    assert_eq!(on.one().epoch().await.unwrap(), Epoch::default());
    on.write(Write::Epoch("1a2b3c4d5e".to_owned()))
        .await
        .unwrap();
    for replica in &on.0 {
        let epoch = replica.epoch().await.unwrap();
        assert_eq!(epoch.marked("\"7\""), "\"7.1a2b3c4d\"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let file = sqlite::Settings::file(folder.path().join("gateway.sqlite"));
    let store = sqlite::Store::open(&file, super::sqlite::MIGRATIONS).await;
    let store = store.unwrap();
    suite(Replicas(vec![Arc::new(store.clone())])).await;
    let rows = sqlite::scan::Scan::new(store, super::sqlite::TABLES);
    every_row_can_be_read(&rows).await;
}

async fn every_row_can_be_read(rows: &dyn Examine) {
    let (rows, unreadable) = skeleton_durable::contract::examine_all(rows, 7).await;
    assert!(rows > 50, "{rows}");
    assert_eq!(unreadable, []);
}

#[tokio::test]
async fn updates_from_before_the_heads_are_numbered_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = sqlite::Settings::file(folder.path().join("gateway.sqlite"));
    let mut before = super::sqlite::MIGRATIONS;
    before.scripts = &before.scripts[..1];
    let store = sqlite::Store::open(&file, before).await.unwrap();
    store.close().await;
    let ada = Uuid::now_v7();
    let mut connection = {
        use sqlx::Connection;
        let address = format!("sqlite:{}", file.file.display());
        sqlx::SqliteConnection::connect(&address).await.unwrap()
    };
    for id in [7_i64, 8] {
        sqlx::query("INSERT INTO live (account, id, event, data) VALUES ($1, $2, 'import', '')")
            .bind(ada)
            .bind(id)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    drop(connection);
    let store = sqlite::Store::open(&file, super::sqlite::MIGRATIONS).await;
    let on = Replicas(vec![Arc::new(store.unwrap())]);
    on.write(live(ada, "9")).await.unwrap();
    assert_eq!(on.one().kept(ada).await.unwrap().newest, 9);
}

#[cfg(feature = "distributed")]
#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_the_contract() {
    use skeleton_durable::{contract::database::Database, sql::postgres};

    let database = Database::fresh("gateway_test").await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        let store = postgres::Store::open(&database.settings(4), super::postgres::MIGRATIONS).await;
        replicas.push(Arc::new(store.unwrap()));
    }
    let rows = postgres::scan::Scan::new((*replicas[0]).clone(), super::postgres::TABLES);
    suite(Replicas(replicas)).await;
    every_row_can_be_read(&rows).await;
}
