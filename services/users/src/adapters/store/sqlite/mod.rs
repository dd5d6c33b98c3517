//! The store over SQLite.

use skeleton_durable::{
    migrations::Migrations,
    sql::sqlite::{Store, Write, dialect, scan},
};
use skeleton_mail::sql::sqlite as mail;

// Compiled a second time for PostgreSQL.
#[allow(clippy::duplicate_mod)]
#[path = "../accounts.rs"]
mod accounts;
#[allow(clippy::duplicate_mod)]
#[path = "../census.rs"]
mod census;
#[allow(clippy::duplicate_mod)]
#[path = "../changes.rs"]
mod changes;
#[allow(clippy::duplicate_mod)]
#[path = "../circles.rs"]
mod circles;
#[allow(clippy::duplicate_mod)]
#[path = "../reads.rs"]
mod reads;
#[allow(clippy::duplicate_mod)]
#[path = "../rows.rs"]
mod rows;
#[allow(clippy::duplicate_mod)]
#[path = "../sessions.rs"]
mod sessions;
#[allow(clippy::duplicate_mod)]
#[path = "../tables.rs"]
mod tables;

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
