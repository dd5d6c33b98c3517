//! On PostgreSQL.

use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

// Compiled a second time for SQLite.
#[allow(clippy::duplicate_mod)]
#[path = "../reads.rs"]
mod reads;
#[allow(clippy::duplicate_mod)]
#[path = "../tables.rs"]
mod tables;
#[allow(clippy::duplicate_mod)]
#[path = "../writes.rs"]
mod writes;

pub(crate) use tables::TABLES;

skeleton_durable::migrations! {
    pub(crate) const MIGRATIONS = "gateway_migrations" on "postgres";
}
