//! Schema versions, applied at boot under a lock: one runner (refinery) for every kind of store.
//!
//! A published migration never changes: its checksum is kept in the store, and a difference stops
//! the boot. Expand, then contract: the version before must still run.

use refinery_core::{Migration, Runner, traits::r#async::AsyncMigrate};

/// A file of a `migrations/` folder: its name without the ending (`V1__accounts`) and its text.
pub type Script = (&'static str, &'static str);

/// The migrations of one owner in one store.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// Table (or label) in which versions are recorded; one an owner.
    pub table: &'static str,
    /// The scripts, in order.
    pub scripts: &'static [Script],
}

/// Migrations were not applied.
#[derive(Debug, thiserror::Error)]
#[error("migrations of {table}: {reason}")]
pub struct MigrationError {
    /// Whose.
    pub table: &'static str,
    /// Which script and why.
    pub reason: String,
}

impl Migrations {
    pub(crate) async fn run<C: AsyncMigrate + Send>(
        &self,
        on: &mut C,
    ) -> Result<usize, MigrationError> {
        let failed = |reason: String| MigrationError {
            table: self.table,
            reason,
        };
        let scripts = self
            .scripts
            .iter()
            .map(|(name, text)| Migration::unapplied(name, text))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| failed(error.to_string()))?;
        let report = Runner::new(&scripts)
            .set_migration_table_name(self.table)
            .run_async(on)
            .await
            .map_err(|error| failed(describe(&error)))?;
        Ok(report.applied_migrations().len())
    }
}

/// An error with all that caused it: refinery's own text leaves the database's out.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
