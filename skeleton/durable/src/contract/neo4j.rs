//! The ledger in Neo4j.

use async_trait::async_trait;
use serde_json::json;

use super::{Ledger, Put};
use crate::{
    commit::CommitError,
    migrations::Migrations,
    neo4j::{Effect, Store, Write},
};

/// The one kind of node of the suites.
pub const MIGRATIONS: Migrations = Migrations {
    table: "ledger_migrations",
    scripts: &[(
        "V1__entries",
        "CREATE CONSTRAINT entry_key IF NOT EXISTS FOR (n:Entry) REQUIRE n.key IS UNIQUE",
    )],
};

impl Write for Put {
    fn effects(writes: &[Self]) -> Vec<Effect> {
        let effect = |put: &Self| Effect {
            text: "MERGE (n:Entry {key: $key}) SET n.lock = 1 \
                   WITH n WHERE coalesce(n.version, 0) = $expected \
                   SET n.version = $expected + 1, n.text = $text, n.lock = null RETURN 1 AS one",
            parameters: json!({"key": put.key, "expected": put.expected, "text": put.text}),
            rows: Some(1),
            what: "an entry's version",
        };
        writes.iter().map(effect).collect()
    }
}

#[async_trait]
impl Ledger for Store {
    async fn try_read(&self, key: &str) -> Result<Option<(i64, String)>, CommitError> {
        let rows = self
            .run(
                "MATCH (n:Entry {key: $key}) WHERE n.version > 0 \
                 RETURN n.version AS version, n.text AS text",
                json!({"key": key}),
            )
            .await?;
        Ok(rows
            .first()
            .map(|row| (row.get("version").unwrap(), row.get("text").unwrap())))
    }
}
