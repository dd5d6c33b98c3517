//! Over SQLite.

use skeleton_durable::migrations::Migrations;
pub(crate) use skeleton_durable::sql::sqlite::{Settings, Store, Write, dialect};

#[path = "book.rs"]
mod book;
#[path = "imports.rs"]
mod imports;
#[path = "mail.rs"]
mod mail;
#[path = "port.rs"]
mod port;
#[path = "write.rs"]
mod write;

/// The tables of ingest.
pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "ingest_migrations",
    scripts: &[("V1__ingest", include_str!("../../../migrations/sqlite/V1__ingest.sql"))],
};
