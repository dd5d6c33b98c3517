//! On PostgreSQL.

use skeleton_durable::{
    migrations::Migrations,
    sql::postgres::{Store, Write, dialect},
};

// Compiled a second time for SQLite.
#[allow(clippy::duplicate_mod)]
#[path = "../sql.rs"]
mod sql;

pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "search_migrations",
    scripts: &[(
        "V1__search",
        include_str!("../../../../migrations/postgres/V1__search.sql"),
    )],
};
