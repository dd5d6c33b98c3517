//! The queue over SQLite.

use skeleton_durable::sql::sqlite::{Store, Write, dialect, scan};

// Compiled a second time for PostgreSQL.
#[allow(clippy::duplicate_mod)]
#[path = "queue.rs"]
mod queue;

pub use queue::{TABLE, queue};
