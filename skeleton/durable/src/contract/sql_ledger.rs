//! The ledger in SQL, compiled for each dialect.

use std::time::Duration;

use async_trait::async_trait;

use super::{Store, Write, dialect::Connection, many_relays};
use crate::contract::{Ledger, Put};
use crate::{
    commit::CommitError,
    migrations::Migrations,
    sql::{WriteError, classify},
};

/// The one table of the suites.
pub const MIGRATIONS: Migrations = Migrations {
    table: "ledger_migrations",
    scripts: &[(
        "V1__entries",
        "CREATE TABLE entry (key TEXT PRIMARY KEY NOT NULL, version BIGINT NOT NULL, text TEXT NOT NULL);",
    )],
};

impl Write for Put {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        let text = if self.expected == 0 {
            "INSERT INTO entry (key, version, text) VALUES ($1, $2 + 1, $3) ON CONFLICT (key) DO NOTHING"
        } else {
            "UPDATE entry SET version = version + 1, text = $3 WHERE key = $1 AND version = $2"
        };
        let written = sqlx::query(text)
            .bind(&self.key)
            .bind(self.expected)
            .bind(&self.text)
            .execute(on)
            .await?
            .rows_affected();
        WriteError::unless_one(written, &self.key)
    }

    // A key is new to whoever makes it, but for the few that the suites let meet.
    fn may_share(&self) -> bool {
        self.expected == 0
    }
}

#[async_trait]
impl Ledger for Store {
    async fn try_read(&self, key: &str) -> Result<Option<(i64, String)>, CommitError> {
        let read = sqlx::query_as("SELECT version, text FROM entry WHERE key = $1")
            .bind(key)
            .fetch_optional(self.reader());
        tokio::time::timeout(Duration::from_secs(10), read)
            .await
            .map_err(|_| CommitError::Unavailable("no answer".to_owned()))?
            .map_err(classify)
    }

    fn many_relays(&self) -> bool {
        many_relays()
    }
}
