//! The ports over SQLite: one file a service, one writer, write-ahead log, every commit synced.

pub mod dialect;
mod rows;
mod store;

pub use store::{Settings, SqliteStore as Store};

#[path = "../commit.rs"]
mod commit;
#[path = "../inbox.rs"]
mod inbox;
#[path = "../leases.rs"]
mod leases;
#[path = "../migrator.rs"]
mod migrator;
#[path = "../outbox.rs"]
mod outbox;
#[path = "../scan.rs"]
pub mod scan;

pub use commit::Write;
