//! Over SQLite.

pub(crate) use skeleton_durable::sql::sqlite::{Settings, Store, Write, dialect, scan};

// Compiled a second time for PostgreSQL.
#[allow(clippy::duplicate_mod)]
#[path = "book.rs"]
mod book;
#[allow(clippy::duplicate_mod)]
#[path = "census.rs"]
mod census;
#[cfg(test)]
#[allow(clippy::duplicate_mod)]
#[path = "contract.rs"]
mod contract;
#[allow(clippy::duplicate_mod)]
#[path = "imports.rs"]
mod imports;
#[allow(clippy::duplicate_mod)]
#[path = "mail.rs"]
mod mail;
#[allow(clippy::duplicate_mod)]
#[path = "port.rs"]
mod port;
#[allow(clippy::duplicate_mod)]
#[path = "rows.rs"]
mod rows;
#[allow(clippy::duplicate_mod)]
#[path = "tables.rs"]
mod tables;
#[allow(clippy::duplicate_mod)]
#[path = "write.rs"]
mod write;
#[allow(clippy::duplicate_mod)]
#[path = "write_account.rs"]
mod write_account;
#[allow(clippy::duplicate_mod)]
#[path = "write_book.rs"]
mod write_book;
#[allow(clippy::duplicate_mod)]
#[path = "write_imports.rs"]
mod write_imports;
#[allow(clippy::duplicate_mod)]
#[path = "write_mail.rs"]
mod write_mail;

pub(crate) use tables::TABLES;

skeleton_durable::migrations! {
    pub(crate) const MIGRATIONS = "ingest_migrations" on "sqlite";
}

#[cfg(test)]
mod tests {
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
}
