//! Refinery over a connection of sqlx.

use jiff::Timestamp;
use refinery_core::{
    Migration,
    traits::r#async::{AsyncMigrate, AsyncQuery, AsyncTransaction},
};
use sqlx::{AssertSqlSafe, Connection as _, Row, raw_sql};

use super::dialect::Connection;

/// A connection on which migrations run, each in a transaction of its own.
pub(super) struct Migrator<'a>(pub(super) &'a mut Connection);

/// A failure of the database, or a record of a migration that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum MigratorError {
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    #[error("unreadable record of a migration: {0}")]
    Record(String),
}

impl AsyncTransaction for Migrator<'_> {
    type Error = MigratorError;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &'a mut self,
        queries: T,
    ) -> Result<usize, Self::Error> {
        let mut transaction = self.0.begin().await?;
        let mut count = 0;
        for query in queries {
            // The texts are our own migration scripts and refinery's bookkeeping.
            raw_sql(AssertSqlSafe(query.to_owned()))
                .execute(&mut *transaction)
                .await?;
            count += 1;
        }
        transaction.commit().await?;
        Ok(count)
    }
}

impl AsyncQuery<Vec<Migration>> for Migrator<'_> {
    async fn query<'a>(&'a mut self, query: &'a str) -> Result<Vec<Migration>, Self::Error> {
        let rows = sqlx::query(AssertSqlSafe(query.to_owned()))
            .fetch_all(&mut *self.0)
            .await?;
        rows.iter()
            .map(|row| {
                let unreadable = |what: &str| MigratorError::Record(what.to_owned());
                let applied_on: String = row.try_get(2)?;
                let at: Timestamp = applied_on.parse().map_err(|_| unreadable(&applied_on))?;
                let checksum: String = row.try_get(3)?;
                Ok(Migration::applied(
                    row.try_get(0)?,
                    row.try_get(1)?,
                    refinery_time(at).ok_or_else(|| unreadable(&applied_on))?,
                    checksum.parse().map_err(|_| unreadable(&checksum))?,
                ))
            })
            .collect()
    }
}

/// Refinery speaks in the types of the crate `time`; this is the only place that does.
fn refinery_time(at: Timestamp) -> Option<time::OffsetDateTime> {
    time::OffsetDateTime::from_unix_timestamp_nanos(at.as_nanosecond()).ok()
}

impl AsyncMigrate for Migrator<'_> {}
