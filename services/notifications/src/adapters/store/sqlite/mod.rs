//! On SQLite.

use skeleton_durable::{
    migrations::Migrations,
    sql::sqlite::{Store, Write, dialect, scan},
};
use skeleton_mail::sql::sqlite as mail;

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
    table: "notifications_migrations",
    scripts: &[(
        "V1__notifications",
        include_str!("../../../../migrations/sqlite/V1__notifications.sql"),
    )],
};
