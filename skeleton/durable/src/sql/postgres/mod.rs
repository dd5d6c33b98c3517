//! The ports over PostgreSQL: any number of replicas on one database.

mod cells;
pub mod dialect;
mod rows;
mod store;
mod together;

pub use store::{PostgresStore as Store, Settings};

#[path = "../backup.rs"]
mod backup;
#[path = "../carry.rs"]
mod carry;
#[path = "../commit.rs"]
mod commit;
#[path = "../inbox.rs"]
mod inbox;
#[path = "../leases.rs"]
mod leases;
#[path = "../load.rs"]
mod load;
#[path = "../migrator.rs"]
mod migrator;
#[path = "../outbox.rs"]
mod outbox;
#[path = "../scan.rs"]
pub mod scan;
#[path = "../schema.rs"]
mod schema;

pub use backup::StoreBackup;
pub use commit::Write;
