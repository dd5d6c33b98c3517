//! Over PostgreSQL.

pub(crate) use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

// Compiled a second time for SQLite.
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
    pub(crate) const MIGRATIONS = "ingest_migrations" on "postgres";
}

#[cfg(test)]
mod tests {
    use skeleton_durable::contract::database::Database;

    use super::*;
    use contract::Twins;

    async fn twins(one: &Database, two: &Database) -> Twins {
        let open = async |on: &Database| Store::open(&on.settings(2), MIGRATIONS).await.unwrap();
        let store = open(one).await;
        open(two).await;
        Twins {
            store,
            seen: one.connect().await,
            reference: two.connect().await,
        }
    }

    #[tokio::test]
    async fn writes_of_one_change_see_each_other() {
        let (one, two) = (Database::fresh("one").await, Database::fresh("two").await);
        let mut twins = twins(&one, &two).await;
        contract::writes_of_one_change_see_each_other(&mut twins).await;
    }

    #[test]
    fn any_change_is_applied_in_order() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (one, two) = runtime
            .block_on(async { (Database::fresh("one").await, Database::fresh("two").await) });
        let mut twins = runtime.block_on(twins(&one, &two));
        contract::any_change_is_applied_in_order(&mut twins, &runtime, 200);
    }
}
