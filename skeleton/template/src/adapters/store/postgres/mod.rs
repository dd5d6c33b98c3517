//! On PostgreSQL.

use skeleton_durable::{
    migrations::Migrations,
    sql::postgres::{Store, Write, dialect, scan},
};

// Compiled a second time for SQLite.
#[allow(clippy::duplicate_mod)]
#[path = "../sql.rs"]
mod sql;

pub(crate) use sql::TABLES;

pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "template_migrations",
    scripts: &[(
        "V1__things",
        include_str!("../../../../migrations/postgres/V1__things.sql"),
    )],
};
