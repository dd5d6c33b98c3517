//! The contract suites on the embedded adapters.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

use std::sync::Arc;

use skeleton_durable::{
    backup::{Backup as _, Tables},
    blobs::ObjectBlobs,
    bus::in_process::InProcessBus,
    commit::Commit as _,
    contract::{
        self,
        backup::{Kept, backup_suite, tally, whole},
        blobs::blob_suite,
        bus::bus_suite,
        ledger_suite,
        migrations::{IN_SQL, migration_suite},
    },
    migrations::Migrations,
    sql::sqlite::{Settings, Store, StoreBackup},
};

async fn store(folder: &tempfile::TempDir, name: &str) -> Arc<Store> {
    let settings = Settings::file(folder.path().join(name));
    Arc::new(
        Store::open(&settings, contract::sqlite::MIGRATIONS)
            .await
            .unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract_of_every_port() {
    let folder = tempfile::tempdir().unwrap();
    ledger_suite(store(&folder, "ledger.sqlite").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_takes_versions_of_a_program_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::file(folder.path().join("versions.sqlite"));
    migration_suite("versions", &IN_SQL, async |migrations| {
        Store::open(&settings, migrations).await?.close().await;
        Ok(())
    })
    .await;
}

mod every_type {
    skeleton_durable::migrations! {
        pub(super) const MIGRATIONS = "every_type_migrations" on "sqlite" in "tests/migrations";
    }
}

#[tokio::test]
async fn a_common_script_makes_a_table_of_every_type_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::file(folder.path().join("types.sqlite"));
    let store = Store::open(&settings, every_type::MIGRATIONS)
        .await
        .unwrap();
    let declared: Vec<(String, String)> =
        sqlx::query_as("SELECT name, type FROM pragma_table_info('every_type') ORDER BY cid")
            .fetch_all(store.reader())
            .await
            .unwrap();
    let expected = [
        ("id", "BLOB"),
        ("bytes", "BLOB"),
        ("integer", "INTEGER"),
        ("real", "REAL"),
        ("time", "INTEGER"),
        ("json", "TEXT"),
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
async fn a_sqlite_file_opens_again_with_what_was_committed() {
    use contract::Ledger as _;
    use skeleton_durable::commit::Commit as _;
    let folder = tempfile::tempdir().unwrap();
    let first = store(&folder, "ledger.sqlite").await;
    first.commit(contract::put("kept", 1)).await.unwrap();
    first.close().await;
    let second = store(&folder, "ledger.sqlite").await;
    assert_eq!(second.read("kept").await, Some((1, "kept v1".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_in_the_process_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let (publisher, one, two) = (
        store(&folder, "publisher.sqlite").await,
        store(&folder, "one.sqlite").await,
        store(&folder, "two.sqlite").await,
    );
    let bus = Arc::new(InProcessBus::default());
    bus_suite(
        bus,
        publisher.clone(),
        publisher,
        [(one.clone(), one), (two.clone(), two)],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_in_a_folder_keep_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    blob_suite(&ObjectBlobs::in_folder(folder.path()).await.unwrap()).await;
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "something was left behind"
    );
}

#[tokio::test]
async fn only_parts_that_nobody_writes_any_more_are_removed_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let [old, older, young] = ["a#1", "b.part", "c#1"].map(|name| folder.path().join(name));
    for part in [&old, &older, &young] {
        std::fs::write(part, "begun").unwrap();
    }
    for part in [&old, &older] {
        let file = std::fs::File::options().write(true).open(part).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
    }
    ObjectBlobs::in_folder(folder.path()).await.unwrap();
    assert!(!old.exists() && !older.exists());
    assert!(young.exists(), "another process may be writing it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_holds_back_nobody() {
    use skeleton_durable::{commit::Commit as _, inbox::Inbox as _, outbox::Outbox as _};
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, "damaged.sqlite").await;
    let file = folder.path().join("damaged.sqlite");
    for key in ["a", "b"] {
        store.commit(contract::put(key, 1)).await.unwrap();
    }
    let damage = "UPDATE outbox SET envelope = '{}' WHERE id = (SELECT min(id) FROM outbox)";
    assert_eq!(contract::sqlite::meddle(&file, damage).await, 1);
    let lease = std::time::Duration::from_secs(60);
    let claimed = store.claim(1, lease).await.unwrap();
    assert_eq!(
        claimed[0].subject, "b",
        "one a page, and the first is damaged"
    );

    let (bad, good) = (contract::event("bad", 1), contract::event("good", 1));
    store.receive(&[bad.clone(), good.clone()]).await.unwrap();
    let damage = "UPDATE inbox SET envelope = 'no JSON' WHERE id = (SELECT min(id) FROM inbox)";
    assert_eq!(contract::sqlite::meddle(&file, damage).await, 1);
    let due = store.due(contract::noon(), 10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].event.id, good.id);
    let parked = store.parked(None, 10).await.unwrap();
    assert_eq!(
        (parked[0].event.id, parked[0].event.kind.as_str()),
        (bad.id, bad.kind.as_str())
    );
    assert!(
        parked[0].reason.starts_with("envelope: "),
        "{}",
        parked[0].reason
    );
    assert_eq!(parked[0].event.data.get(), "\"no JSON\"");
    assert!(store.drop_parked(bad.id).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_read_in_pages_and_those_that_cannot_be_are_named() {
    use skeleton_durable::{
        commit::{ChangeSet, Commit, KeptAnswer},
        contract::Put,
        sql::sqlite::scan::{Key, Scan, Table, column},
    };
    const TABLES: &[Table] = &[Table {
        name: "entry",
        key: &[Key::Text("key")],
        columns: "*",
        read: |row| column::<i64>(row, "version").map(drop),
    }];
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, "rows.sqlite").await;
    let account = uuid::Uuid::now_v7();
    for n in 0..23 {
        store
            .commit(contract::put(&format!("key {n}"), 1))
            .await
            .unwrap();
        let answer = KeptAnswer {
            account,
            key: format!("{n}"),
            fingerprint: String::new(),
            status: 201,
            body: "{}".to_owned(),
            at: contract::noon(),
        };
        let change = ChangeSet::<Put>::new().answer(Some(answer));
        store.commit(change).await.unwrap();
    }
    let file = folder.path().join("rows.sqlite");
    for damage in [
        "UPDATE entry SET version = 'x' WHERE key = 'key 7'",
        "UPDATE kept_answer SET status = -1 WHERE key = '3'",
    ] {
        assert_eq!(contract::sqlite::meddle(&file, damage).await, 1);
    }
    let scan = Scan::new((*store).clone(), TABLES);
    let (rows, unreadable) = contract::examine_all(&scan, 5).await;
    assert_eq!(rows, 23 * 3 + 1, "outbox, kept answers, ledger, epoch");
    let named: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
    assert_eq!(
        named[0],
        format!(
            "row {account}/3 of kept_answer is kept unreadably: \
             status: expected an HTTP status, found -1"
        )
    );
    assert!(
        named[1].starts_with("row key 7 of entry is kept unreadably: "),
        "{}",
        named[1]
    );
    assert_eq!(named.len(), 2);
    let kept = Commit::<Put>::kept_answer(&*store, account, "3").await;
    assert!(
        kept.unwrap_err()
            .to_string()
            .contains("expected an HTTP status")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_is_carried_away_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let kept = async |name: &str| {
        let ledger = store(&folder, name).await;
        let backup = StoreBackup::new(&ledger, contract::sqlite::MIGRATIONS, Tables::AllBut(&[]));
        Kept {
            ledger,
            backup: Arc::new(backup),
            of_one_moment: true,
        }
    };
    backup_suite(
        kept("source.sqlite").await,
        kept("target.sqlite").await,
        kept("other.sqlite").await,
    )
    .await;
}

/// The ledger of a later version: a column more, made of what was there.
const LATER: Migrations = Migrations {
    table: contract::sqlite::MIGRATIONS.table,
    scripts: &[
        contract::sqlite::MIGRATIONS.scripts[0],
        (
            "V2__loud",
            "ALTER TABLE entry ADD COLUMN loud TEXT NOT NULL DEFAULT '';\
             UPDATE entry SET loud = upper(text);",
        ),
    ],
};

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_version_carried_away_is_migrated_on_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let older = store(&folder, "older.sqlite").await;
    older.commit(contract::put("key", 1)).await.unwrap();
    let migrations = contract::sqlite::MIGRATIONS;
    let backup = StoreBackup::new(&older, migrations, Tables::AllBut(&[]));
    let lines = whole(backup.snapshot().await.unwrap()).await;
    let told = tally(&lines);

    let settings = Settings::file(folder.path().join("newer.sqlite"));
    let newer = Store::open(&settings, LATER).await.unwrap();
    let restore = StoreBackup::new(&newer, LATER, Tables::AllBut(&[]));
    restore.begin(told.from.as_ref().unwrap()).await.unwrap();
    restore.load(&lines).await.unwrap();
    let held = tally(&whole(restore.snapshot().await.unwrap()).await);
    assert_eq!(held.sums, told.sums, "as it was, until it is complete");
    restore.finish("e").await.unwrap();
    let loud: Vec<(String,)> = sqlx::query_as("SELECT loud FROM entry")
        .fetch_all(newer.reader())
        .await
        .unwrap();
    assert_eq!(loud, vec![("KEY V1".to_owned(),)]);

    let newest = whole(restore.snapshot().await.unwrap()).await;
    let empty = store(&folder, "empty.sqlite").await;
    let empty = StoreBackup::new(&empty, migrations, Tables::AllBut(&[]));
    let refused = empty.begin(tally(&newest).from.as_ref().unwrap()).await;
    assert!(
        refused.unwrap_err().to_string().contains("a later version"),
        "what a later version carried away is not for this one"
    );
}
