//! The contract suites on the embedded adapters.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

use std::sync::Arc;

use skeleton_durable::{
    blobs::FolderBlobs,
    bus::in_process::InProcessBus,
    contract::{
        self,
        blobs::blob_suite,
        bus::bus_suite,
        ledger_suite,
        migrations::{IN_SQL, migration_suite},
    },
    sql::sqlite::{Settings, Store},
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
    blob_suite(&FolderBlobs::open_folder(folder.path()).await.unwrap()).await;
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "something was left behind"
    );
}

#[tokio::test]
async fn only_parts_that_nobody_writes_any_more_are_removed_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (old, young) = (folder.path().join("a.part"), folder.path().join("b.part"));
    for part in [&old, &young] {
        std::fs::write(part, "begun").unwrap();
    }
    let file = std::fs::File::options().write(true).open(&old).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    FolderBlobs::open_folder(folder.path()).await.unwrap();
    assert!(!old.exists());
    assert!(young.exists(), "another process may be writing it");
}
