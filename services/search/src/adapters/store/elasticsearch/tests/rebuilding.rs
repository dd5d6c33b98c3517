//! Replacing an index by one of a later shape under load.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::{
    clock::SystemClock,
    migrations::Migrations,
    sql::sqlite::{self, Store},
};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    super::{Keeper, Periods, bulk::fetch, shape::GENERATION},
    ElasticIndex, Found, Index, Sandbox, Shape, book, contract,
};
use crate::{
    adapters::store::contract::{change, everybody, person},
    domain::{
        document::{Part, Person},
        query::{Grant, Query, Scope},
    },
};

struct Keepers {
    stop: CancellationToken,
    running: JoinSet<()>,
    leases: Store,
    _folder: TempDir,
}

impl Keepers {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = sqlite::Settings::file(folder.path().join("leases.sqlite"));
        let none = Migrations {
            table: "none",
            scripts: &[],
        };
        Self {
            stop: CancellationToken::new(),
            running: JoinSet::new(),
            leases: Store::open(&file, none).await.unwrap(),
            _folder: folder,
        }
    }

    fn start(&mut self, index: &ElasticIndex, keep: Duration) {
        let periods = Periods {
            look: Duration::from_millis(20),
            keep,
        };
        let leases = Arc::new(self.leases.clone());
        let keeper = Keeper::new(index.clone(), leases, Arc::new(SystemClock), periods);
        self.running.spawn(keeper.run(self.stop.clone()));
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.running.join_next().await {
            ended.unwrap();
        }
    }
}

/// Of the next release.
const NEXT: u32 = GENERATION + 1;
const LONG: Duration = Duration::from_secs(3_600);

/// Waits until the indices are so.
async fn eventually(sandbox: &Sandbox, what: &str, wanted: impl Fn(&[Found]) -> bool) {
    for _ in 0..3_000 {
        if wanted(&sandbox.indices().await) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come about: {:?}", sandbox.indices().await);
}

fn read_generation(indices: &[Found]) -> Option<u32> {
    let read = indices.iter().find(|index| index.is_read)?;
    Some(read.label.generation)
}

async fn whole_book(index: &ElasticIndex, account: AccountId) -> BTreeSet<(PersonId, i64)> {
    everybody(index, account)
        .await
        .into_iter()
        .map(|document| (document.id, document.person.unwrap().version))
        .collect()
}

/// What writers have done so far, and what went wrong for readers.
#[derive(Default)]
struct Load {
    ended: AtomicBool,
    questions: AtomicU64,
}

/// Old and new programs write and read all the while; an account is erased in the middle.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_index_is_made_anew_without_a_lost_write_or_a_failed_question() {
    const PEOPLE: usize = 2_500;
    let sandbox = Sandbox::new();
    let old = sandbox.open();
    let (account, erased) = (AccountId::generate(), AccountId::generate());
    let ids: Vec<PersonId> = (0..PEOPLE).map(|_| PersonId::generate()).collect();
    let told = move |id: PersonId, version| change(id, account, person(version, "Ada Lovelace"));
    let mut first: Vec<_> = ids.iter().map(|&id| told(id, 1)).collect();
    first.extend((0..1_000).map(|_| change(PersonId::generate(), erased, person(1, "Gone"))));
    old.apply(first).await.unwrap();

    let load = Arc::new(Load::default());
    let mut readers = JoinSet::new();
    let mut writers = JoinSet::new();
    let programs = || [sandbox.open(), sandbox.open_as(Shape::later(NEXT))];
    for index in programs() {
        let load = load.clone();
        readers.spawn(async move {
            while !load.ended.load(Ordering::Relaxed) {
                // Everybody who was there from the beginning is found at any moment.
                let query = Query {
                    words: vec!["ada".to_owned(), "lovlace".to_owned()],
                    grants: vec![contract::own(account)],
                    after: None,
                    limit: 5,
                };
                let found = index.people(&query).await.unwrap();
                assert!(found.total >= PEOPLE as u64, "{}", found.total);
                load.questions.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    for (n, index) in programs().into_iter().enumerate() {
        let (load, ids) = (load.clone(), ids.clone());
        writers.spawn(async move {
            let mut random = book::Random(n as u64);
            let (mut written, mut version) = (Vec::new(), 2);
            while !load.ended.load(Ordering::Relaxed) {
                // Small batches, and some that take longer than it takes to make an index.
                let size = [20, 1_200][n];
                let batch: Vec<_> = (0..size)
                    .map(|k| match k % 20 {
                        // New ones besides those that are changed.
                        0 => (PersonId::generate(), 1),
                        _ => (ids[random.below(PEOPLE)], version),
                    })
                    .collect();
                let changes = batch.iter().map(|&(id, version)| told(id, version));
                index.apply(changes.collect()).await.unwrap();
                written.extend(batch);
                version += 1;
            }
            written
        });
    }

    let mut keepers = Keepers::new().await;
    let newest = sandbox.open_as(Shape::later(NEXT));
    for _ in 0..3 {
        keepers.start(&newest, LONG);
    }
    keepers.start(&old, LONG);
    eventually(&sandbox, "a second index", |all| all.len() == 2).await;
    sandbox.open().erase(&[erased]).await.unwrap();
    eventually(&sandbox, "the swap", |all| {
        read_generation(all) == Some(NEXT)
    })
    .await;
    let swapped_at = load.questions.load(Ordering::Relaxed);
    while load.questions.load(Ordering::Relaxed) < swapped_at + 20 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    load.ended.store(true, Ordering::Relaxed);
    let mut wanted: BTreeMap<PersonId, i64> = ids.iter().map(|&id| (id, 1)).collect();
    let mut writes = 0;
    while let Some(written) = writers.join_next().await {
        for (id, version) in written.unwrap() {
            writes += 1;
            let newest = wanted.entry(id).or_insert(version);
            *newest = version.max(*newest);
        }
    }
    while let Some(reader) = readers.join_next().await {
        reader.unwrap();
    }
    let questions = load.questions.load(Ordering::Relaxed);
    assert!(writes > 100 && questions > 20, "{writes} {questions}");
    let found = whole_book(&newest, account).await;
    assert_eq!(found, wanted.into_iter().collect());
    assert_eq!(whole_book(&newest, erased).await, BTreeSet::new());
    keepers.stop().await;
    let indices = sandbox.indices().await;
    let states: Vec<_> = indices
        .iter()
        .map(|index| (index.number, index.is_read, index.is_written))
        .collect();
    assert_eq!(states, [(1, false, false), (2, true, true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_while_an_index_is_filled_does_not_come_back() {
    let sandbox = Sandbox::new();
    let old = sandbox.open();
    let (stays, gone) = (AccountId::generate(), AccountId::generate());
    let first = PersonId::generate();
    let told = |account| change(PersonId::generate(), account, person(1, "Ada"));
    old.apply(vec![change(first, stays, person(1, "Ada"))])
        .await
        .unwrap();
    old.apply((0..2_499).map(|_| told(stays)).collect())
        .await
        .unwrap();
    // They stand last in the old index, so they are erased before their page is reached.
    old.apply((0..1_000).map(|_| told(gone)).collect())
        .await
        .unwrap();
    let new = sandbox.open_as(Shape::later(NEXT));
    let mut keepers = Keepers::new().await;
    keepers.start(&new, LONG);
    let filled = new.inner.names.index(2);
    eventually(&sandbox, "a second index", |all| all.len() == 2).await;
    for turn in 0.. {
        let begun = fetch(&new.inner.client, &filled, [first]).await;
        if begun.is_ok_and(|held| held.contains_key(&first)) {
            break;
        }
        assert!(turn < 3_000, "it is not filled");
    }
    assert_eq!(read_generation(&sandbox.indices().await), Some(GENERATION));
    old.erase(&[gone]).await.unwrap();
    eventually(&sandbox, "the swap", |all| {
        read_generation(all) == Some(NEXT)
    })
    .await;
    assert_eq!(whole_book(&new, gone).await.len(), 0);
    assert_eq!(whole_book(&new, stays).await.len(), 2_500);
    keepers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_program_writes_into_a_newer_index_is_written_anew() {
    let sandbox = Sandbox::new();
    let (old, new) = (sandbox.open(), sandbox.open_as(Shape::later(NEXT)));
    old.ping().await.unwrap();
    let mut keepers = Keepers::new().await;
    keepers.start(&new, LONG);
    eventually(&sandbox, "the swap", |all| {
        read_generation(all) == Some(NEXT)
    })
    .await;
    // The older program starts again and looks after indices too: it leaves this one alone.
    let old = sandbox.open();
    keepers.start(&old, LONG);
    let (account, id) = (AccountId::generate(), PersonId::generate());
    old.apply(vec![change(id, account, person(1, "Ada"))])
        .await
        .unwrap();
    assert_eq!(everybody(&new, account).await.len(), 1);
    let alias = new.inner.names.read();
    for turn in 0.. {
        let held = fetch(&new.inner.client, &alias, [id]).await.unwrap();
        if held.get(&id).unwrap().generation == NEXT {
            break;
        }
        assert!(turn < 500, "it was not written anew");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(everybody(&old, account).await.len(), 1);
    assert_eq!(sandbox.indices().await.len(), 2);
    keepers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_without_a_name_are_not_found_until_it_is_known_where_they_stand() {
    let sandbox = Sandbox::new();
    let account = AccountId::generate();
    let employed = |name| match person(1, name) {
        Part::Person(person) => Part::Person(Person {
            employments: vec![("Acme".to_owned(), None)],
            ..person
        }),
        other => other,
    };
    let changes = ["Ada", "Bea"].map(|name| change(PersonId::generate(), account, employed(name)));
    let old = sandbox.open_as(Shape::earlier());
    old.apply(changes.to_vec()).await.unwrap();
    let new = sandbox.open();
    let found = async |scope| {
        let query = Query {
            words: Vec::new(),
            grants: vec![Grant {
                scope,
                ..contract::own(account)
            }],
            after: None,
            limit: 5,
        };
        new.people(&query).await.unwrap().total
    };
    assert_eq!(found(Scope::Name).await, 2);
    assert_eq!(found(Scope::Organisation).await, 0);
    let mut keepers = Keepers::new().await;
    keepers.start(&new, LONG);
    eventually(&sandbox, "the swap", |all| {
        read_generation(all) == Some(GENERATION)
    })
    .await;
    assert_eq!(found(Scope::Organisation).await, 2);
    keepers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_replaced_is_deleted_later() {
    let sandbox = Sandbox::new();
    let account = AccountId::generate();
    let one = change(PersonId::generate(), account, person(1, "Ada"));
    sandbox.open().apply(vec![one]).await.unwrap();
    let new = sandbox.open_as(Shape::later(NEXT));
    let mut keepers = Keepers::new().await;
    keepers.start(&new, Duration::ZERO);
    eventually(&sandbox, "one index", |all| {
        all.len() == 1 && read_generation(all) == Some(NEXT)
    })
    .await;
    assert_eq!(everybody(&new, account).await.len(), 1);
    keepers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_shape_of_the_same_generation_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.open().ping().await.unwrap();
    let forgotten = sandbox.open_as(Shape::later(GENERATION));
    let refused = forgotten.ping().await.unwrap_err();
    assert!(format!("{refused}").contains("another shape"), "{refused}");
}
