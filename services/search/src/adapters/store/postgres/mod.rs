//! On PostgreSQL.

use skeleton_durable::{
    migrations::Migrations,
    sql::postgres::{Store, Write, dialect, scan},
};

// Compiled a second time for SQLite.
#[allow(clippy::duplicate_mod)]
#[path = "../sql.rs"]
mod sql;
#[allow(clippy::duplicate_mod)]
#[path = "../tables.rs"]
mod tables;

pub(crate) use tables::TABLES;

pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "search_migrations",
    scripts: &[(
        "V1__search",
        include_str!("../../../../migrations/postgres/V1__search.sql"),
    )],
};
