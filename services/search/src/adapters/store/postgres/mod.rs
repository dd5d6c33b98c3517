//! On PostgreSQL.

use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

// Compiled a second time for SQLite.
#[allow(clippy::duplicate_mod)]
#[path = "../sql.rs"]
mod sql;
#[allow(clippy::duplicate_mod)]
#[path = "../tables.rs"]
mod tables;

pub(crate) use tables::TABLES;

skeleton_durable::migrations! {
    pub(crate) const MIGRATIONS = "search_migrations" on "postgres";
}
