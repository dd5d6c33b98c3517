//! On SQLite.

use skeleton_durable::{
    migrations::Migrations,
    sql::sqlite::{Store, Write, dialect, scan},
};

// Compiled a second time for PostgreSQL.
#[allow(clippy::duplicate_mod)]
#[path = "../reads.rs"]
mod reads;
#[allow(clippy::duplicate_mod)]
#[path = "../rows.rs"]
mod rows;
#[allow(clippy::duplicate_mod)]
#[path = "../tables.rs"]
mod tables;
#[allow(clippy::duplicate_mod)]
#[path = "../writes.rs"]
mod writes;

pub(crate) use tables::TABLES;

pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "search_migrations",
    scripts: &[(
        "V1__search",
        include_str!("../../../../migrations/sqlite/V1__search.sql"),
    )],
};
