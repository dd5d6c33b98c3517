//! Schema versions, applied at boot under a lock: one runner (refinery) for every kind of store.
//!
//! A published migration never changes: its checksum is kept in the store, and a difference stops
//! the boot. Expand, then contract: the version before must still run, and start again, on a store
//! that the next version has migrated. A script that takes away what the version before needs is
//! named so (`V7__contract_nickname`); programs that do not know it stay away from such a store.

#[doc(hidden)]
pub use skeleton_migrations::scripts;

use refinery_core::{Migration, Runner, error::Kind, traits::r#async::AsyncMigrate};

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

/// Declares the migrations that stand in the `migrations/` folder of a crate for one database
/// (`sqlite`, `postgres`, `neo4j`), its own and those in `sql/`, which are written once for both SQL
/// databases with types by name (`$uuid`, `$bytes`, `$integer`, `$real`, `$time`, `$json`):
///
/// ```ignore
/// skeleton_durable::migrations! {
///     pub(crate) const MIGRATIONS = "users_migrations" on "sqlite";
/// }
/// ```
///
/// The compiler does not see that a file has come; the test that is declared with them does.
#[macro_export]
macro_rules! migrations {
    ($visible:vis const $name:ident = $table:tt on $engine:tt;) => {
        $crate::migrations! { $visible const $name = $table on $engine in "migrations"; }
    };
    ($visible:vis const $name:ident = $table:tt on $engine:tt in $folder:tt;) => {
        $visible const $name: $crate::migrations::Migrations = $crate::migrations::Migrations {
            table: $table,
            scripts: $crate::migrations::scripts!($engine, $folder),
        };

        #[cfg(test)]
        #[test]
        fn no_migration_is_forgotten() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/", $folder);
            let forgotten = $name.forgotten(folder.as_ref(), $engine);
            assert!(forgotten.is_empty(), "compile the crate anew: {forgotten:?}");
        }
    };
}

/// Begins the name of a script that the version before does not bear.
const CONTRACT: &str = "contract_";

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
    /// Scripts of a `migrations/` folder for a database that were not there when the program was
    /// compiled.
    #[doc(hidden)]
    #[must_use]
    pub fn forgotten(&self, folder: &std::path::Path, engine: &str) -> Vec<String> {
        let common = (engine != "neo4j").then_some("sql");
        let files = [Some(engine), common].into_iter().flatten();
        let files =
            files.flat_map(|part| std::fs::read_dir(folder.join(part)).into_iter().flatten());
        let names = files.flatten().map(|file| file.path());
        let names = names.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
        names
            .filter(|name| self.scripts.iter().all(|(known, _)| known != name))
            .collect()
    }

    /// The version of the last script; zero where there is none.
    #[must_use]
    pub fn newest(&self) -> i32 {
        let versions = self.scripts.iter().filter_map(|(name, text)| {
            let script = Migration::unapplied(name, text).ok()?;
            Some(script.version())
        });
        versions.max().unwrap_or_default()
    }

    /// Applies the scripts up to a version, on a store that has none of them.
    pub(crate) async fn run_to<C: AsyncMigrate + Send>(
        &self,
        on: &mut C,
        version: i32,
    ) -> Result<(), MigrationError> {
        let until = self.scripts.iter().filter(|(name, text)| {
            Migration::unapplied(name, text).is_ok_and(|script| script.version() <= version)
        });
        let scripts: Vec<Script> = until.copied().collect();
        self.apply(&scripts, on).await.map(drop)
    }

    pub(crate) async fn run<C: AsyncMigrate + Send>(
        &self,
        on: &mut C,
    ) -> Result<usize, MigrationError> {
        self.apply(self.scripts, on).await
    }

    async fn apply<C: AsyncMigrate + Send>(
        &self,
        scripts: &[Script],
        on: &mut C,
    ) -> Result<usize, MigrationError> {
        let failed = |reason: String| MigrationError {
            table: self.table,
            reason,
        };
        let scripts = scripts
            .iter()
            .map(|(name, text)| Migration::unapplied(name, text))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| failed(error.to_string()))?;
        let mut runner = Runner::new(&scripts);
        runner.set_migration_table_name(self.table);
        match runner.run_async(on).await {
            Ok(report) => Ok(report.applied_migrations().len()),
            Err(error) if matches!(error.kind(), Kind::MissingVersion(_)) => {
                let applied = runner.get_applied_migrations_async(on).await;
                let applied = applied.map_err(|error| failed(describe(&error)))?;
                if self.were_continued(&scripts, applied)? {
                    Ok(0)
                } else {
                    Err(failed(describe(&error)))
                }
            }
            Err(error) => Err(failed(describe(&error))),
        }
    }

    /// Whether a later version of the program has applied more than all of `scripts`, and this one
    /// may run on it.
    fn were_continued(
        &self,
        scripts: &[Migration],
        applied: Vec<Migration>,
    ) -> Result<bool, MigrationError> {
        let newest = scripts.iter().map(Migration::version).max();
        let (later, ours): (Vec<_>, Vec<_>) = applied
            .into_iter()
            .partition(|applied| Some(applied.version()) > newest);
        if later.is_empty() || ours != scripts {
            return Ok(false);
        }
        if let Some(script) = later.iter().find(|it| it.name().starts_with(CONTRACT)) {
            return Err(MigrationError {
                table: self.table,
                reason: format!(
                    "a later version of the program has applied {script}, which this one does not \
                     bear: start the later version, or restore a backup from before it"
                ),
            });
        }
        tracing::warn!(
            owner = self.table,
            store_version = later.last().map(Migration::version),
            program_version = newest,
            "a later version of the program has migrated the store"
        );
        Ok(true)
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
