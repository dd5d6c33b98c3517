//! Over PostgreSQL.

use skeleton_durable::migrations::Migrations;
pub(crate) use skeleton_durable::sql::postgres::{Store, Write, dialect};

// Compiled a second time for SQLite.
#[allow(clippy::duplicate_mod)]
#[path = "book.rs"]
mod book;
#[allow(clippy::duplicate_mod)]
#[path = "census.rs"]
mod census;
#[allow(clippy::duplicate_mod)]
#[path = "imports.rs"]
mod imports;
#[allow(clippy::duplicate_mod)]
#[path = "mail.rs"]
mod mail;
#[allow(clippy::duplicate_mod)]
#[path = "port.rs"]
mod port;
#[allow(clippy::duplicate_mod)]
#[path = "write.rs"]
mod write;
#[allow(clippy::duplicate_mod)]
#[path = "write_account.rs"]
mod write_account;
#[allow(clippy::duplicate_mod)]
#[path = "write_book.rs"]
mod write_book;
#[allow(clippy::duplicate_mod)]
#[path = "write_imports.rs"]
mod write_imports;
#[allow(clippy::duplicate_mod)]
#[path = "write_mail.rs"]
mod write_mail;

/// The tables of ingest.
pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "ingest_migrations",
    scripts: &[(
        "V1__ingest",
        include_str!("../../../migrations/postgres/V1__ingest.sql"),
    )],
};
