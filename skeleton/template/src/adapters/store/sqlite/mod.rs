//! On SQLite.

use skeleton_durable::sql::sqlite::{Store, Write, dialect, scan};

// Compiled a second time for PostgreSQL.
#[allow(clippy::duplicate_mod)]
#[path = "../sql.rs"]
mod sql;

pub(crate) use sql::TABLES;

skeleton_durable::migrations! {
    pub(crate) const MIGRATIONS = "template_migrations" on "sqlite";
}
