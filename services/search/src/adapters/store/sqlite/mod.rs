//! On SQLite.

use skeleton_durable::sql::sqlite::{Store, Write, dialect, scan};

// Compiled a second time for PostgreSQL.
#[allow(clippy::duplicate_mod)]
#[path = "../sql.rs"]
mod sql;
#[allow(clippy::duplicate_mod)]
#[path = "../tables.rs"]
mod tables;

pub(crate) use tables::TABLES;

skeleton_durable::migrations! {
    pub(crate) const MIGRATIONS = "search_migrations" on "sqlite";
}
