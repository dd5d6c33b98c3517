//! What a store promises to a program of the version before, or after.

use crate::migrations::{Migrations, Script};

/// In either dialect of SQL.
pub const IN_SQL: [Script; 3] = [
    (
        "V1__entries",
        "CREATE TABLE version_entry (key TEXT PRIMARY KEY, text TEXT NOT NULL)",
    ),
    (
        "V2__colour",
        "ALTER TABLE version_entry ADD COLUMN colour TEXT NOT NULL DEFAULT ''",
    ),
    (
        "V3__contract_text",
        "ALTER TABLE version_entry DROP COLUMN text",
    ),
];

/// In Cypher; they may be run again.
#[cfg(feature = "neo4j")]
pub const IN_CYPHER: [Script; 3] = [
    (
        "V1__entries",
        "MERGE (n:VersionEntry {key: 'one'}) SET n.text = 'text'",
    ),
    ("V2__colour", "MATCH (n:VersionEntry) SET n.colour = ''"),
    ("V3__contract_text", "MATCH (n:VersionEntry) REMOVE n.text"),
];

/// Opens the store, again and again, with the first, the first two, or all of `scripts`: one of the
/// version before, one that adds to it, and `V3__contract_…`.
pub async fn migration_suite(
    table: &'static str,
    scripts: &'static [Script; 3],
    open: impl AsyncFn(Migrations) -> anyhow::Result<()>,
) {
    let upto = |count: usize| Migrations {
        table,
        scripts: &scripts[..count],
    };
    open(upto(1)).await.unwrap();
    open(upto(2)).await.unwrap();
    // The version before starts again, and again after it the one that it knows nothing of.
    open(upto(1)).await.unwrap();
    open(upto(2)).await.unwrap();

    // What was published has changed since: neither version takes that.
    let changed: &'static [Script] = vec![(scripts[0].0, scripts[1].1)].leak();
    let changed = Migrations {
        table,
        scripts: changed,
    };
    refused(&open, changed, "different").await;
    // A script that was left out is not passed over.
    let without: &'static [Script] = vec![scripts[1]].leak();
    let without = Migrations {
        table,
        scripts: without,
    };
    refused(&open, without, scripts[0].0.trim_start_matches("V1__")).await;

    open(upto(3)).await.unwrap();
    refused(&open, upto(2), "V3__contract").await;
    open(upto(3)).await.unwrap();
}

async fn refused(
    open: &impl AsyncFn(Migrations) -> anyhow::Result<()>,
    migrations: Migrations,
    because: &str,
) {
    let error = format!("{:#}", open(migrations).await.unwrap_err());
    assert!(error.contains(because), "{error}");
    assert!(error.contains(migrations.table), "{error}");
}
