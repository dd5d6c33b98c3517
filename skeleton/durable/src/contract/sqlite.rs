//! The ledger in SQLite.

use crate::sql::sqlite::{Store, Write, dialect};

#[allow(clippy::duplicate_mod)]
#[path = "sql_ledger.rs"]
mod ledger;

pub use ledger::MIGRATIONS;

/// One process holds the folder and runs one relay a store.
const fn many_relays() -> bool {
    false
}
