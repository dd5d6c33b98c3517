//! The ports over SQLite: one file a service, one writer, write-ahead log, every commit synced.

pub mod dialect;
mod rows;
mod store;

pub use store::{Settings, SqliteStore as Store};

// Compiled a second time for PostgreSQL.
#[allow(clippy::duplicate_mod)]
#[path = "../commit.rs"]
mod commit;
#[allow(clippy::duplicate_mod)]
#[path = "../inbox.rs"]
mod inbox;
#[allow(clippy::duplicate_mod)]
#[path = "../leases.rs"]
mod leases;
#[allow(clippy::duplicate_mod)]
#[path = "../migrator.rs"]
mod migrator;
#[allow(clippy::duplicate_mod)]
#[path = "../outbox.rs"]
mod outbox;
#[allow(clippy::duplicate_mod)]
#[path = "../scan.rs"]
pub mod scan;

pub use commit::Write;
