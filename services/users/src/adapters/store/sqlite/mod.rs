//! The store over SQLite.

use skeleton_durable::{
    migrations::Migrations,
    sql::sqlite::{Store, Write, dialect, scan},
};
use skeleton_mail::sql::sqlite as mail;

// Compiled a second time for PostgreSQL.
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
            include_str!("../../../../migrations/sqlite/V1__users.sql"),
        ),
        (
            "V2__erased",
            include_str!("../../../../migrations/sqlite/V2__erased.sql"),
        ),
    ],
};
