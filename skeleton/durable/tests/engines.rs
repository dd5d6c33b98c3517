//! The contract suites on real engines. Run by `make test-engines`, which starts them and sets the
//! addresses; without them the tests fail, they never skip.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]
#![cfg(feature = "engines")]

mod support;

use std::{sync::Arc, time::Duration};

use skeleton_durable::{
    Event as _,
    backup::Tables,
    blobs::{Blobs as _, Bucket, ObjectBlobs, RowBlobs},
    bus::rabbitmq::{self, RabbitMqBus, Topology},
    contract::{
        self, EntryChanged,
        backup::{Kept, backup_suite},
        blobs::blob_suite,
        bus::bus_suite,
        database::Database,
        ledger_suite,
        migrations::{IN_CYPHER, IN_SQL, migration_suite},
    },
    migrations::Migrations,
    neo4j::{
        self,
        backup::{CarriedTable, Kind},
    },
    sql::{
        postgres::{self, Store},
        sqlite,
    },
    stored::Examine,
};
use sqlx::Connection as _;
use support::{Databases, address};
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_the_contract_of_every_port() {
    let database = Database::fresh("ledger").await;
    ledger_suite(database.ledger().await).await;
}

async fn in_a_file(folder: &tempfile::TempDir, name: &str, tables: Tables) -> Kept {
    let migrations = contract::sqlite::MIGRATIONS;
    let settings = sqlite::Settings::file(folder.path().join(name));
    let ledger = sqlite::Store::open(&settings, migrations).await.unwrap();
    Kept {
        backup: Arc::new(sqlite::StoreBackup::new(&ledger, migrations, tables)),
        ledger: Arc::new(ledger),
        of_one_moment: true,
    }
}

async fn in_postgres(database: &Database) -> Kept {
    let ledger = database.ledger().await;
    let migrations = contract::postgres::MIGRATIONS;
    let backup = postgres::StoreBackup::new(&ledger, migrations, Tables::AllBut(&[]));
    Kept {
        backup: Arc::new(backup),
        ledger,
        of_one_moment: true,
    }
}

/// There, back, and to another of the same kind.
#[tokio::test(flavor = "multi_thread")]
async fn stores_are_carried_between_postgres_and_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = async |name: &str| in_a_file(&folder, name, Tables::AllBut(&[])).await;
    let mut databases = Vec::new();
    for _ in 0..6 {
        databases.push(Database::fresh("carried").await);
    }
    let database = async |at: usize| in_postgres(&databases[at]).await;
    backup_suite(database(0).await, database(1).await, database(2).await).await;
    backup_suite(database(3).await, file("a").await, file("b").await).await;
    backup_suite(file("c").await, database(4).await, database(5).await).await;
}

/// What Neo4j keeps of the suites' ledger, as the rows that it is in SQL.
const CARRIED: &[CarriedTable] = &[CarriedTable {
    name: "entry",
    columns: &[
        ("key", Kind::Text),
        ("text", Kind::Text),
        ("version", Kind::Integer),
    ],
    read: "MATCH (n:Entry) WHERE n.key > $after AND n.version > 0 \
           WITH n ORDER BY n.key LIMIT $limit \
           RETURN n.key AS row_key, n.key AS key, n.text AS text, n.version AS version",
    write: "UNWIND $rows AS row MERGE (n:Entry {key: row.key}) SET n += row",
}];

#[tokio::test(flavor = "multi_thread")]
async fn stores_are_carried_between_neo4j_and_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = async |name: &str| in_a_file(&folder, name, Tables::Only(&["entry"])).await;
    let in_neo4j = async || {
        let ledger = neo4j().await;
        let everything = "MATCH (n) WHERE NOT n:Migration DETACH DELETE n";
        ledger
            .run(everything, serde_json::Value::Null)
            .await
            .unwrap();
        let migrations = contract::neo4j::MIGRATIONS;
        let backup = neo4j::backup::StoreBackup::new(&ledger, migrations, CARRIED);
        Kept {
            backup: Arc::new(backup),
            ledger,
            of_one_moment: false,
        }
    };
    backup_suite(in_neo4j().await, file("a").await, file("b").await).await;
    backup_suite(file("c").await, in_neo4j().await, file("d").await).await;
}

/// The only database that the community edition has, emptied: its tests run in one process, one by one.
async fn neo4j() -> Arc<neo4j::Store> {
    let settings = neo4j::Settings {
        url: address("KITH_TEST_NEO4J"),
        connections: 12,
    };
    let store = neo4j::Store::open(&settings, contract::neo4j::MIGRATIONS)
        .await
        .unwrap();
    for label in ["Entry", "Inbox", "Outbox", "KeptAnswer"] {
        let text = format!("MATCH (n:{label}) DETACH DELETE n");
        store.run(&text, serde_json::Value::Null).await.unwrap();
    }
    Arc::new(store)
}

#[tokio::test(flavor = "multi_thread")]
async fn neo4j_keeps_the_contract_of_every_port_and_takes_events_from_rabbitmq() {
    ledger_suite(neo4j().await).await;

    let stop = CancellationToken::new();
    let mut databases = Databases::default();
    let (publisher, one, two) = (
        databases.store("publisher").await,
        databases.store("one").await,
        neo4j().await,
    );
    let consumers = [(one.clone() as _, one as _), (two.clone() as _, two as _)];
    bus_suite(rabbitmq(&stop), publisher.clone(), publisher, consumers).await;
    stop.cancel();
}

/// Two events wait to leave, the first of them damaged by `damage`: it is named, and the other leaves.
async fn a_damaged_event_is_named_and_holds_back_nobody(
    store: &dyn contract::Ledger,
    rows: &dyn Examine,
    damage: impl AsyncFn(),
) {
    for key in ["a", "b"] {
        let key = contract::unique(key);
        store.commit(contract::put(&key, 1)).await.unwrap();
    }
    damage().await;
    let claimed = store.claim(1, Duration::from_secs(60)).await.unwrap();
    assert!(
        claimed[0].subject.starts_with('b'),
        "{}",
        claimed[0].subject
    );
    let (bad, good) = (contract::event("bad", 1), contract::event("good", 1));
    store.receive(&[bad, good]).await.unwrap();
    let (rows, unreadable) = contract::examine_all(rows, 1).await;
    assert!(rows >= 4, "{rows}");
    assert_eq!(unreadable.len(), 1, "{unreadable:?}");
    assert!(unreadable[0].table.eq_ignore_ascii_case("outbox"));
    assert!(
        unreadable[0].what.starts_with("envelope: "),
        "{unreadable:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_rows_are_found_on_postgres() {
    let database = Database::fresh("damaged").await;
    let store = database.ledger().await;
    let rows = postgres::scan::Scan::new((*store).clone(), &[]);
    a_damaged_event_is_named_and_holds_back_nobody(&*store, &rows, async || {
        let first = "(SELECT id FROM outbox ORDER BY id LIMIT 1)";
        let text = format!("UPDATE outbox SET envelope = '{{}}' WHERE id = {first}");
        let mut connection = database.connect().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(text))
            .execute(&mut connection)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_nodes_are_found_on_neo4j() {
    let store = neo4j().await;
    let rows = neo4j::scan::Scan::new((*store).clone(), &[]);
    a_damaged_event_is_named_and_holds_back_nobody(&*store, &rows, async || {
        let text = "MATCH (n:Outbox) WITH n ORDER BY n.id LIMIT 1 SET n.envelope = '{}'";
        store.run(text, serde_json::Value::Null).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_replicas_booting_at_once_migrate_once() {
    let database = Database::fresh("boot").await;
    let replicas: Vec<_> = (0..10)
        .map(|_| {
            let settings = database.settings(1);
            tokio::spawn(
                async move { Store::open(&settings, contract::postgres::MIGRATIONS).await },
            )
        })
        .collect();
    let mut last = None;
    for replica in replicas {
        last = Some(replica.await.unwrap().unwrap());
    }
    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_migrations")
        .fetch_one(last.unwrap().reader())
        .await
        .unwrap();
    assert_eq!(applied, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_takes_versions_of_a_program_side_by_side() {
    let database = Database::fresh("versions").await;
    let settings = database.settings(1);
    migration_suite("versions", &IN_SQL, async |migrations| {
        Store::open(&settings, migrations).await?.close().await;
        Ok(())
    })
    .await;
}

mod every_type {
    skeleton_durable::migrations! {
        pub(super) const MIGRATIONS = "every_type_migrations" on "postgres" in "tests/migrations";
    }
}

#[tokio::test]
async fn a_common_script_makes_a_table_of_every_type_in_postgres() {
    let database = Database::fresh("types").await;
    let settings = database.settings(1);
    let store = Store::open(&settings, every_type::MIGRATIONS)
        .await
        .unwrap();
    let declared: Vec<(String, String)> = sqlx::query_as(
        "SELECT column_name::text, data_type::text FROM information_schema.columns \
         WHERE table_name = 'every_type' ORDER BY ordinal_position",
    )
    .fetch_all(store.reader())
    .await
    .unwrap();
    let expected = [
        ("id", "uuid"),
        ("bytes", "bytea"),
        ("integer", "bigint"),
        ("real", "double precision"),
        ("time", "bigint"),
        ("json", "text"),
    ];
    assert_eq!(
        declared,
        expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    store.close().await;
    // Its text is the same each time, so it opens again.
    Store::open(&settings, every_type::MIGRATIONS)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn neo4j_takes_versions_of_a_program_side_by_side() {
    let settings = neo4j::Settings {
        url: address("KITH_TEST_NEO4J"),
        connections: 2,
    };
    // The one database is everybody's.
    let owner = format!("versions_{}", Uuid::now_v7().simple()).leak();
    migration_suite(owner, &IN_CYPHER, async |migrations| {
        neo4j::Store::open(&settings, migrations).await.map(drop)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_gives_way_to_those_who_use_the_table() {
    let database = Database::fresh("busy").await;
    let settings = database.settings(1);
    let upto = |count: usize| Migrations {
        table: "versions",
        scripts: &IN_SQL[..count],
    };
    Store::open(&settings, upto(1)).await.unwrap();
    let mut user = database.connect().await;
    let mut using = user.begin().await.unwrap();
    sqlx::query("LOCK TABLE version_entry IN ACCESS SHARE MODE")
        .execute(&mut *using)
        .await
        .unwrap();
    let error = Store::open(&settings, upto(2)).await.unwrap_err();
    assert!(format!("{error:#}").contains("lock timeout"), "{error:#}");
    using.rollback().await.unwrap();
    Store::open(&settings, upto(2)).await.unwrap();
}

/// A bus with an exchange of its own.
fn rabbitmq(stop: &CancellationToken) -> Arc<RabbitMqBus> {
    let topology = Topology {
        exchange: format!("test-{}", Uuid::now_v7().simple()),
        consumers: vec![
            ("one", vec![EntryChanged::TYPE]),
            ("two", vec![EntryChanged::TYPE]),
        ],
    };
    let settings =
        rabbitmq::Settings::new(address("KITH_TEST_RABBITMQ"), "contract suite", topology);
    Arc::new(RabbitMqBus::new(settings, stop.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_between_postgres_stores_keeps_the_contract() {
    let stop = CancellationToken::new();
    let mut databases = Databases::default();
    let (publisher, one, two) = (
        databases.store("publisher").await,
        databases.store("one").await,
        databases.store("two").await,
    );
    let consumers = [(one.clone() as _, one as _), (two.clone() as _, two as _)];
    bus_suite(rabbitmq(&stop), publisher.clone(), publisher, consumers).await;
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_carries_events_between_different_stores() {
    let stop = CancellationToken::new();
    let folder = tempfile::tempdir().unwrap();
    let embedded = async |name: &str| {
        let settings = sqlite::Settings::file(folder.path().join(name));
        Arc::new(
            sqlite::Store::open(&settings, contract::sqlite::MIGRATIONS)
                .await
                .unwrap(),
        )
    };
    let mut databases = Databases::default();
    let (publisher, one, two) = (
        embedded("publisher").await,
        embedded("one").await,
        databases.store("two").await,
    );
    let consumers = [(one.clone() as _, one as _), (two.clone() as _, two as _)];
    bus_suite(rabbitmq(&stop), publisher.clone(), publisher, consumers).await;
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_in_rows_keep_the_contract_and_what_died_is_swept() {
    let database = Database::fresh("blobs").await;
    let (here, elsewhere) = {
        let store = database.ledger().await;
        let lease = Duration::from_millis(600);
        (
            RowBlobs::with_lease(&store, lease),
            RowBlobs::with_lease(&store, lease),
        )
    };
    blob_suite(&here).await;

    // Another replica's upload, whose sender is slow, is left alone for as long as it lives.
    let (mut sender, source) = tokio::io::duplex(64);
    let uploading =
        tokio::spawn(async move { elsewhere.put(Uuid::now_v7(), Box::pin(source), 1000).await });
    sender.write_all(b"the beginning").await.unwrap();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(here.sweep().await.unwrap(), 0, "a living upload was swept");
    }
    uploading.abort();
    contract::eventually("the upload that died to be swept", || async {
        here.sweep().await.unwrap() == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_on_a_server_keep_the_contract_and_a_secret_is_in_no_error() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url: url::Url = address("KITH_TEST_OBJECTS").parse().unwrap();
    let bucket = Bucket {
        name: url.path().trim_start_matches('/').to_owned(),
        prefix: "blobs/of tests".to_owned(),
        endpoint: Some(url.origin().ascii_serialization()),
        region: None,
        key: Some((
            url.username().to_owned(),
            url.password().unwrap().to_owned(),
        )),
    };
    blob_suite(&ObjectBlobs::on_server(&bucket).await.unwrap()).await;

    let refused = async |bucket: Bucket| {
        let error = ObjectBlobs::on_server(&bucket).await.unwrap_err();
        format!("{error:#} {error:?}")
    };
    let elsewhere = Bucket {
        name: "elsewhere".to_owned(),
        ..bucket.clone()
    };
    let error = refused(elsewhere).await;
    assert!(error.contains("NoSuchBucket"), "{error}");
    let stranger = Bucket {
        key: Some((url.username().to_owned(), "quite-another".to_owned())),
        ..bucket
    };
    let error = refused(stranger).await;
    assert!(error.contains("SignatureDoesNotMatch"), "{error}");
    assert!(!error.contains("quite-another"), "{error}");
}
