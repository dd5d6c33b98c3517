//! Opening a SQLite file as a store.

use std::{
    collections::HashSet,
    path::PathBuf,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use sqlx::{
    Connection as _, Sqlite, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Notify;

use super::commit::{Write, alone};
use crate::{
    Envelope, EventId,
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

/// Whether a connection may be used again. Where the disk is full or fails, SQLite itself rolls back, and
/// the driver, whose own rollback then fails, goes on to count a transaction that is not there: what it
/// takes for the next commits would end savepoints within one that nobody ever commits.
async fn is_clean(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // Behind a rollback that waits to be sent.
    sqlx::query("SELECT 1").execute(&mut *connection).await?;
    Ok(!connection.is_in_transaction())
}

/// A SQLite file with the tables of this crate. Clones share it.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    pub(super) wake: Arc<Notify>,
    /// Events that the one relay has claimed and not handed over: nothing is written down of them.
    in_hand: Arc<Mutex<HashSet<EventId>>>,
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
            .after_release(|connection, _| Box::pin(is_clean(connection)))
            .connect_with(options.clone())
            .await
            .with_context(|| format!("opening {}", settings.file.display()))?;
        let store = Self {
            readers: SqlitePoolOptions::new()
                .max_connections(settings.readers)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_lazy_with(options.pragma("query_only", "1")),
            writer,
            wake: Arc::new(Notify::new()),
            in_hand: Arc::default(),
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
pub(super) async fn sent(store: &SqliteStore, sent: &[EventId]) -> Result<(), CommitError> {
    let ids = sent.iter().map(|id| id.0);
    among::<Sqlite, _>("DELETE FROM outbox WHERE id IN", ids)
        .build()
        .execute(&store.writer)
        .await
        .map(drop)
        .map_err(classify)?;
    let_go(store, sent);
    Ok(())
}

fn let_go(store: &SqliteStore, ids: &[EventId]) {
    let mut in_hand = store.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
    ids.iter().for_each(|id| {
        in_hand.remove(id);
    });
}

/// Notes what was claimed.
pub(super) fn claimed(store: &SqliteStore, events: &[Envelope]) {
    let mut in_hand = store.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
    in_hand.extend(events.iter().map(|event| event.id));
}

/// How many events are claimed.
pub(super) async fn in_hand(store: &SqliteStore) -> Result<u64, CommitError> {
    let in_hand = store.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(in_hand.len() as u64)
}

/// Nothing is written down when events are claimed, so there is nothing to hold or give back.
pub(super) async fn hold(
    store: &SqliteStore,
    ids: &[EventId],
    lease: Duration,
) -> Result<(), CommitError> {
    if lease.is_zero() {
        let_go(store, ids);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::dialect::Connection, *};
    use crate::{commit::Commit, sql::WriteError};

    /// A row, and how it is inserted: where that fails with `OR ROLLBACK`, SQLite rolls back by itself, as
    /// it does where the disk is full.
    struct Row(i64, &'static str);

    impl Write for Row {
        async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
            let text = format!("{} INTO filler (id) VALUES ($1)", self.1);
            sqlx::query(sqlx::AssertSqlSafe(text))
                .bind(self.0)
                .execute(on)
                .await?;
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_is_acknowledged_after_sqlite_rolled_back_by_itself_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::file(folder.path().join("full.sqlite"));
        let store = SqliteStore::open(&settings, MIGRATIONS).await.unwrap();
        let table = "CREATE TABLE filler (id INTEGER PRIMARY KEY)";
        sqlx::query(table).execute(store.writer()).await.unwrap();
        let commit = async |row| store.commit(ChangeSet::new().write(row)).await;
        commit(Row(0, "INSERT")).await.unwrap();
        for how in ["INSERT OR ROLLBACK", "INSERT"] {
            assert!(commit(Row(0, how)).await.is_err());
        }
        for row in 1..=20 {
            commit(Row(row, "INSERT")).await.unwrap();
        }
        let found: i64 = sqlx::query_scalar("SELECT count(*) FROM filler")
            .fetch_one(store.reader())
            .await
            .unwrap();
        assert_eq!(found, 21);
    }

    #[test]
    fn what_passes_by_itself_is_told_from_defects() {
        for (code, passes) in [
            ("5", true),
            ("8", true),
            ("13", true),
            ("14", true),
            ("778", true),
            ("4874", true),
            ("1", false),
            ("11", false),
            ("57P01", true),
            ("42601", false),
        ] {
            assert_eq!(
                super::super::super::is_passing(Some(code)),
                passes,
                "{code}"
            );
        }
    }
}
