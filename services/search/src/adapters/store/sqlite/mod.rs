//! On SQLite.

use skeleton_durable::{
    migrations::Migrations,
    sql::sqlite::{Store, Write, dialect},
};

// Compiled a second time for PostgreSQL.
#[allow(clippy::duplicate_mod)]
#[path = "../sql.rs"]
mod sql;

pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "search_migrations",
    scripts: &[(
        "V1__search",
        include_str!("../../../../migrations/sqlite/V1__search.sql"),
    )],
};
