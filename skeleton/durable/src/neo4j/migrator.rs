//! Refinery over Neo4j. Its bookkeeping is SQL: the few texts are turned into Cypher here.

use jiff::Timestamp;
use refinery_core::{
    Migration,
    traits::r#async::{AsyncMigrate, AsyncQuery, AsyncTransaction},
};
use serde_json::{Value, json};

use super::{Store, column};
use crate::commit::CommitError;

pub(super) struct Migrator(pub(super) Store);

/// A failure of the database, or a record that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum MigratorError {
    #[error(transparent)]
    Store(#[from] CommitError),
    #[error("unreadable record of a migration: {0}")]
    Record(String),
}

impl AsyncTransaction for Migrator {
    type Error = MigratorError;

    /// Neo4j does not take changes of schema and of data in one transaction, so each statement is
    /// one, and scripts must bear to be run again (`IF NOT EXISTS`, `MERGE`).
    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &'a mut self,
        queries: T,
    ) -> Result<usize, Self::Error> {
        let mut count = 0;
        for text in queries {
            if let Some((table, record)) = text
                .strip_prefix("INSERT INTO ")
                .and_then(|rest| rest.split_once(" (version, name, applied_on, checksum) VALUES "))
            {
                self.record(table, record).await?;
            } else {
                for statement in text
                    .split(';')
                    .map(str::trim)
                    .filter(|text| !text.is_empty())
                {
                    self.0.run(statement, Value::Null).await?;
                }
            }
            count += 1;
        }
        Ok(count)
    }
}

impl Migrator {
    /// Writes down that a migration was applied; `record` is refinery's `(1, 'name', 'time', 'sum')`.
    async fn record(&self, table: &str, record: &str) -> Result<(), MigratorError> {
        let fields: Vec<&str> = record
            .trim_matches(['(', ')', ' '])
            .split(',')
            .map(|field| field.trim().trim_matches('\''))
            .collect();
        let &[version, name, applied_on, checksum] = fields.as_slice() else {
            return Err(MigratorError::Record(record.to_owned()));
        };
        let version: i64 = version
            .parse()
            .map_err(|_| MigratorError::Record(record.to_owned()))?;
        let parameters = json!({
            "owner": table, "version": version, "name": name,
            "applied_on": applied_on, "checksum": checksum,
        });
        let text = "MERGE (m:Migration {owner: $owner, version: $version}) \
                    SET m.name = $name, m.applied_on = $applied_on, m.checksum = $checksum";
        self.0.run(text, parameters).await?;
        Ok(())
    }
}

impl AsyncQuery<Vec<Migration>> for Migrator {
    async fn query<'a>(&'a mut self, query: &'a str) -> Result<Vec<Migration>, Self::Error> {
        let rows = self.0.run(query, Value::Null).await?;
        rows.iter()
            .map(|row| {
                let applied_on: String = column(row, "applied_on")?;
                let checksum: String = column(row, "checksum")?;
                let version: i64 = column(row, "version")?;
                let unreadable = |what: &str| MigratorError::Record(what.to_owned());
                let at: Timestamp = applied_on.parse().map_err(|_| unreadable(&applied_on))?;
                Ok(Migration::applied(
                    i32::try_from(version).map_err(|_| unreadable("version"))?,
                    column(row, "name")?,
                    time::OffsetDateTime::from_unix_timestamp_nanos(at.as_nanosecond())
                        .map_err(|_| unreadable(&applied_on))?,
                    checksum.parse().map_err(|_| unreadable(&checksum))?,
                ))
            })
            .collect()
    }
}

impl AsyncMigrate for Migrator {
    fn assert_migrations_table_query(_: &str) -> String {
        "CREATE CONSTRAINT migration_version IF NOT EXISTS \
         FOR (m:Migration) REQUIRE (m.owner, m.version) IS UNIQUE"
            .to_owned()
    }

    fn get_last_applied_migration_query(table: &str) -> String {
        format!(
            "{} ORDER BY version DESC LIMIT 1",
            Self::get_applied_migrations_query(table).trim_end_matches(" ORDER BY version ASC")
        )
    }

    fn get_applied_migrations_query(table: &str) -> String {
        // The name is a constant of our own.
        format!(
            "MATCH (m:Migration {{owner: '{table}'}}) RETURN m.version AS version, m.name AS name, \
             m.applied_on AS applied_on, m.checksum AS checksum ORDER BY version ASC"
        )
    }
}
