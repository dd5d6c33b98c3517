//! A store as a later version of the program leaves it.

use std::path::Path;

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::{database, stores};

/// Columns come to every table, with something in them, in every store of a folder.
pub(crate) async fn migrate(data: &Path) {
    for store in stores(data) {
        let mut on = database(&store).await;
        for (table, text) in tables(&mut on).await {
            if table.ends_with("_migrations") {
                applied(&mut on, &table, "later").await;
            } else if !text.contains("VIRTUAL") {
                run(
                    &mut on,
                    &format!("ALTER TABLE {table} ADD COLUMN later TEXT"),
                )
                .await;
                run(
                    &mut on,
                    &format!("UPDATE {table} SET later = 'said by a later version'"),
                )
                .await;
            }
        }
        sqlx::Connection::close(on).await.unwrap();
    }
}

/// One store bears a script that takes away what this version needs.
pub(crate) async fn contract(store: &Path) {
    let mut on = database(store).await;
    let migrations = tables(&mut on).await.into_iter();
    let own = migrations
        .map(|(name, _)| name)
        .find(|name| name.ends_with("_migrations") && !name.starts_with("durable"));
    applied(&mut on, &own.unwrap(), "contract_nickname").await;
    sqlx::Connection::close(on).await.unwrap();
}

/// Names and the texts that made them.
async fn tables(on: &mut SqliteConnection) -> Vec<(String, String)> {
    let text =
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let rows = sqlx::query(text).fetch_all(on).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn applied(on: &mut SqliteConnection, table: &str, script: &str) {
    let text = format!(
        "INSERT INTO {table} (version, name, applied_on, checksum) \
         VALUES (99, '{script}', '2099-01-01T00:00:00Z', '1')"
    );
    run(on, &text).await;
}

async fn run(on: &mut SqliteConnection, text: &str) {
    let done = sqlx::query(AssertSqlSafe(text.to_owned()))
        .execute(on)
        .await;
    assert!(done.is_ok(), "{text}: {done:?}");
}
