//! The store over PostgreSQL.

use skeleton_durable::{
    migrations::Migrations,
    sql::postgres::{Store, Write, dialect, scan},
};
use skeleton_mail::sql::postgres as mail;

// Compiled a second time for SQLite.
#[allow(clippy::duplicate_mod)]
#[path = "../reads/mod.rs"]
mod reads;
#[allow(clippy::duplicate_mod)]
#[path = "../rows.rs"]
mod rows;
#[allow(clippy::duplicate_mod)]
#[path = "../tables.rs"]
mod tables;
#[allow(clippy::duplicate_mod)]
#[path = "../writes/mod.rs"]
mod writes;

pub(crate) use tables::TABLES;

/// The tables of this service.
pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "users_migrations",
    scripts: &[
        (
            "V1__users",
            include_str!("../../../../migrations/postgres/V1__users.sql"),
        ),
        (
            "V2__erased",
            include_str!("../../../../migrations/postgres/V2__erased.sql"),
        ),
    ],
};
