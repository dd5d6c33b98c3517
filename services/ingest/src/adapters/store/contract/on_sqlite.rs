//! The contract of the store on SQLite.

use skeleton_durable::sql::sqlite::Settings;
use sqlx::{Connection as _, SqliteConnection};

use super::*;
use contract::Twins;

async fn twins(folder: &tempfile::TempDir) -> Twins {
    let one = folder.path().join("one.sqlite");
    let two = folder.path().join("two.sqlite");
    let open = async |file| {
        Store::open(&Settings::file(file), MIGRATIONS)
            .await
            .unwrap()
    };
    let store = open(&one).await;
    open(&two).await.close().await;
    let connect = async |file: &std::path::Path| {
        let address = format!("sqlite:{}", file.display());
        SqliteConnection::connect(&address).await.unwrap()
    };
    Twins {
        store,
        seen: connect(&one).await,
        reference: connect(&two).await,
    }
}

#[tokio::test]
async fn writes_of_one_change_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    contract::writes_of_one_change_see_each_other(&mut twins(&folder).await).await;
}

#[test]
fn any_change_is_applied_in_order() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut twins = runtime.block_on(twins(&folder));
    contract::any_change_is_applied_in_order(&mut twins, &runtime, 200);
}
