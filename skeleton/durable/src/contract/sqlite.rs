//! The ledger in SQLite.

use crate::sql::sqlite::{Store, Write, dialect};

#[path = "sql_ledger.rs"]
mod ledger;

pub use ledger::MIGRATIONS;

/// One process holds the folder and runs one relay a store.
const fn many_relays() -> bool {
    false
}

/// Runs a statement on the file of a store as no program of ours would: to damage a row, say, or to
/// write what only a later version writes. How many rows it changed.
pub async fn meddle(file: &std::path::Path, text: &'static str) -> u64 {
    use sqlx::{Connection as _, Executor as _};
    let address = format!("sqlite:{}", file.display());
    let mut connection = sqlx::SqliteConnection::connect(&address).await.unwrap();
    let changed = connection.execute(text).await.unwrap().rows_affected();
    connection.close().await.unwrap();
    changed
}
