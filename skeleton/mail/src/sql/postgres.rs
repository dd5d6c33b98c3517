//! The queue over PostgreSQL.

use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

// Compiled a second time for SQLite.
#[allow(clippy::duplicate_mod)]
#[path = "queue.rs"]
mod queue;

pub use queue::{TABLE, queue};
