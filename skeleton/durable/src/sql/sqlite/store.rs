//! Opening a SQLite file as a store.

use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    Sqlite, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Notify;

use super::commit::{Write, alone};
use crate::{
    EventId,
    commit::{ChangeSet, CommitError},
    migrations::{MigrationError, Migrations},
    sql::{among, classify},
};

/// How to open it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file; its folder is created.
    pub file: PathBuf,
    /// Most connections that read.
    pub readers: u32,
}

impl Settings {
    /// The file at `path`, with two readers.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            file: path.into(),
            readers: 2,
        }
    }
}

/// A SQLite file with the tables of this crate. Clones share it.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    pub(super) wake: Arc<Notify>,
}

crate::migrations! {
    pub(super) const MIGRATIONS = "durable_migrations" on "sqlite";
}

impl SqliteStore {
    /// Opens or creates the file and brings it to the newest version: first the tables of this
    /// crate, then `migrations`.
    ///
    /// # Errors
    /// When the file cannot be opened or a migration fails.
    pub async fn open(settings: &Settings, migrations: Migrations) -> anyhow::Result<Self> {
        if let Some(folder) = settings.file.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let options = SqliteConnectOptions::from_str("sqlite:")?
            .filename(&settings.file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true)
            .statement_cache_capacity(256)
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-8000")
            .pragma("journal_size_limit", "67108864");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(options.clone())
            .await?;
        let store = Self {
            readers: SqlitePoolOptions::new()
                .max_connections(settings.readers)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_lazy_with(options.pragma("query_only", "1")),
            writer,
            wake: Arc::new(Notify::new()),
        };
        store.migrate(MIGRATIONS).await?;
        store.migrate(migrations).await?;
        Ok(store)
    }

    async fn migrate(&self, migrations: Migrations) -> Result<usize, MigrationError> {
        let unavailable = |error: sqlx::Error| MigrationError {
            table: migrations.table,
            reason: error.to_string(),
        };
        // One writer connection in a folder held by one process: that is the lock.
        let mut connection = self.writer.acquire().await.map_err(unavailable)?;
        migrations
            .run(&mut super::migrator::Migrator(&mut connection))
            .await
    }

    /// Connections for queries; they cannot write.
    #[must_use]
    pub fn reader(&self) -> &SqlitePool {
        &self.readers
    }

    pub(super) fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// The connection for what the relay notes about events.
    pub(super) fn bookkeeping(&self) -> &SqlitePool {
        &self.writer
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), CommitError> {
        sqlx::query("SELECT 1")
            .execute(&self.readers)
            .await
            .map(drop)
            .map_err(classify)
    }

    /// Waits for connections in use and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Commits, one after another: there is one writer.
pub(super) async fn commit<W: Write>(
    store: &SqliteStore,
    change: ChangeSet<W>,
) -> Result<(), CommitError> {
    alone(store.writer(), &store.wake, &change).await
}

/// A file of this machine answers or fails by itself.
pub(super) async fn within<T>(
    call: impl Future<Output = Result<T, CommitError>> + Send,
) -> Result<T, CommitError> {
    call.await
}

/// The same for a commit.
pub(super) use self::within as within_commit;

/// Drops events.
pub(super) async fn sent(store: &SqliteStore, ids: &[EventId]) -> Result<(), CommitError> {
    let ids = ids.iter().map(|id| id.0);
    among::<Sqlite, _>("DELETE FROM outbox WHERE id IN", ids)
        .build()
        .execute(&store.writer)
        .await
        .map(drop)
        .map_err(classify)
}

/// Nothing is written down when events are claimed, so there is nothing to hold or give back.
pub(super) async fn hold(_: &SqliteStore, _: &[EventId], _: Duration) -> Result<(), CommitError> {
    Ok(())
}
