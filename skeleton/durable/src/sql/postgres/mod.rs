//! The ports over PostgreSQL: any number of replicas on one database.

pub mod dialect;
mod rows;
mod store;
mod together;

pub use store::{PostgresStore as Store, Settings};

// Compiled a second time for SQLite.
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
