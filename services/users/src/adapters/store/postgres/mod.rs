//! The store over PostgreSQL.

use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

// Compiled a second time for SQLite.
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
#[path = "../mail.rs"]
mod mail;
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

skeleton_durable::migrations! {
    pub(crate) const MIGRATIONS = "users_migrations" on "postgres";
}
