//! The ports over PostgreSQL: any number of replicas on one database.

pub mod dialect;
mod rows;
mod store;
mod together;

pub use store::{PostgresStore as Store, Settings};

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
