//! The ledger in PostgreSQL.

use crate::sql::postgres::{Store, Write, dialect};

#[path = "sql_ledger.rs"]
mod ledger;

pub use ledger::MIGRATIONS;

const fn many_relays() -> bool {
    true
}
