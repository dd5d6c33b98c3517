//! Opening a PostgreSQL database as a store.

use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::Notify;

use super::{
    commit::{Write, alone},
    dialect::NOW_MICROS,
    together::{self, Queues},
};
use crate::{
    Envelope, EventId,
    commit::{ChangeSet, CommitError},
    migrations::{MigrationError, Migrations},
    sql::{classify, micros},
};

/// How to open it.
#[derive(Clone)]
pub struct Settings {
    /// `postgres://user:password@host:port/database`.
    pub url: String,
    /// Most connections.
    pub connections: u32,
}

/// A PostgreSQL database with the tables of this crate. Clones share its connections.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
    bookkeeping: PgPool,
    pub(super) wake: Arc<Notify>,
    pub(super) queues: Queues,
}

crate::migrations! {
    pub(super) const MIGRATIONS = "durable_migrations" on "postgres";
}

/// Advisory lock that is held while migrating; any constant that nobody else uses.
const MIGRATION_LOCK: i64 = 0x6b69_7468_6d69_6772;

impl PostgresStore {
    /// Connects and brings the database to the newest version: first the tables of this crate,
    /// then `migrations`. Any number of replicas may do so at once.
    ///
    /// # Errors
    /// When the database cannot be reached or a migration fails.
    pub async fn open(settings: &Settings, migrations: Migrations) -> anyhow::Result<Self> {
        let options = PgConnectOptions::from_str(&settings.url)?.statement_cache_capacity(256);
        let mut connection = PgConnection::connect_with(&options).await?;
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(MIGRATION_LOCK)
            .execute(&mut connection)
            .await?;
        // A change of a table waits for those who use it, and whoever comes after waits for the
        // change: better that it is given up and tried again than that a replica in use stands still.
        sqlx::query("SET lock_timeout = '3s'")
            .execute(&mut connection)
            .await?;
        // What a restore has begun to fill it brings to the newest version itself, once all is there.
        let unfinished: bool =
            sqlx::query_scalar("SELECT to_regclass('restore_unfinished') IS NOT NULL")
                .fetch_one(&mut connection)
                .await?;
        if !unfinished {
            Self::migrate(&mut connection, MIGRATIONS).await?;
            Self::migrate(&mut connection, migrations).await?;
        }
        // Closing the connection gives the lock back.
        connection.close().await?;
        // A crash of the server may undo what was claimed or sent a moment before: then it is sent
        // again, which costs less than to wait for the disk at each step.
        let bookkeeping = options.clone().options([("synchronous_commit", "off")]);
        Ok(Self {
            pool: pool(settings.connections, options),
            bookkeeping: pool(BOOKKEEPERS, bookkeeping),
            wake: Arc::new(Notify::new()),
            queues: Queues::default(),
        })
    }

    async fn migrate(
        connection: &mut PgConnection,
        migrations: Migrations,
    ) -> Result<usize, MigrationError> {
        migrations
            .run(&mut super::migrator::Migrator(connection))
            .await
    }

    /// Connections for queries.
    #[must_use]
    pub fn reader(&self) -> &PgPool {
        &self.pool
    }

    pub(super) fn writer(&self) -> &PgPool {
        &self.pool
    }

    /// Connections for what the relay notes about events.
    pub(super) fn bookkeeping(&self) -> &PgPool {
        &self.bookkeeping
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), CommitError> {
        sqlx::query("SELECT 1")
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(classify)
    }

    /// Waits for connections in use, then closes all.
    pub async fn close(&self) {
        self.pool.close().await;
        self.bookkeeping.close().await;
    }
}

/// Connections of the relay; it does little at a time.
const BOOKKEEPERS: u32 = 2;

fn pool(connections: u32, options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        // The pool itself would wait for the answer to the end of days.
        .after_release(|connection, _| {
            Box::pin(async move {
                let ping = tokio::time::timeout(PING, connection.ping()).await;
                ping.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut))
                    .map(|()| true)
            })
        })
        .connect_lazy_with(options)
}

/// Commits, together with others that come at the same time if its writes may.
pub(super) async fn commit<W: Write>(
    store: &PostgresStore,
    change: ChangeSet<W>,
) -> Result<(), CommitError> {
    if together::takes_part(&change) {
        store.queues.commit(store, change).await
    } else {
        alone(store.writer(), &store.wake, &change).await
    }
}

/// How long a call of a port may take. A peer that fell silent without a word, behind a router that
/// forgot the connection, would be waited for a quarter of an hour.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a commit may take; an import's are large.
const COMMIT: Duration = Duration::from_secs(30);
/// How long a connection may take to answer when it goes back to the pool.
const PING: Duration = Duration::from_secs(3);

/// Gives a call up that takes too long; its connection answers, or leaves the pool.
pub(super) async fn within<T>(
    call: impl Future<Output = Result<T, CommitError>> + Send,
) -> Result<T, CommitError> {
    limited(PATIENCE, call).await
}

/// The same for a commit.
pub(super) async fn within_commit<T>(
    call: impl Future<Output = Result<T, CommitError>> + Send,
) -> Result<T, CommitError> {
    limited(COMMIT, call).await
}

async fn limited<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, CommitError>> + Send,
) -> Result<T, CommitError> {
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
        let reason = format!("no answer within {} s", limit.as_secs());
        Err(CommitError::Unavailable(reason))
    })
}

/// Drops events. One parameter, so that it is one prepared statement whatever their number.
pub(super) async fn sent(store: &PostgresStore, ids: &[EventId]) -> Result<(), CommitError> {
    sqlx::query("DELETE FROM outbox WHERE id = ANY($1)")
        .bind(plain(ids))
        .execute(&store.bookkeeping)
        .await
        .map(drop)
        .map_err(classify)
}

/// A claim is written down.
pub(super) fn claimed(_: &PostgresStore, _: &[Envelope]) {}

/// How many events are claimed, by whichever replica.
pub(super) async fn in_hand(store: &PostgresStore) -> Result<u64, CommitError> {
    // Only a constant is put into the text.
    let text = format!("SELECT count(*) FROM outbox WHERE claimed_until >= {NOW_MICROS}");
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(text))
        .fetch_one(&store.pool)
        .await
        .map_err(classify)?;
    Ok(count.unsigned_abs())
}

/// Makes claims hold until `lease` from now; not at all if it is zero.
pub(super) async fn hold(
    store: &PostgresStore,
    ids: &[EventId],
    lease: Duration,
) -> Result<(), CommitError> {
    let text = format!(
        "UPDATE outbox SET claimed_until = CASE WHEN $2 = 0 THEN 0 ELSE {NOW_MICROS} + $2 END \
         WHERE id = ANY($1)"
    );
    // Only a constant is put into the text.
    sqlx::query(AssertSqlSafe(text))
        .bind(plain(ids))
        .bind(micros(lease))
        .execute(&store.bookkeeping)
        .await
        .map(drop)
        .map_err(classify)
}

fn plain(ids: &[EventId]) -> Vec<uuid::Uuid> {
    ids.iter().map(|id| id.0).collect()
}
