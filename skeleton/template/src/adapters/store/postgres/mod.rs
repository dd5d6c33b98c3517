//! On PostgreSQL.

use skeleton_durable::{
    migrations::Migrations,
    sql::postgres::{Store, Write, dialect, scan},
};

// Compiled a second time for SQLite.
#[allow(clippy::duplicate_mod)]
#[path = "../reads.rs"]
mod reads;
#[allow(clippy::duplicate_mod)]
#[path = "../rows.rs"]
mod rows;
#[allow(clippy::duplicate_mod)]
#[path = "../writes.rs"]
mod writes;

pub(crate) use rows::TABLES;

pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "template_migrations",
    scripts: &[(
        "V1__things",
        include_str!("../../../../migrations/postgres/V1__things.sql"),
    )],
};
