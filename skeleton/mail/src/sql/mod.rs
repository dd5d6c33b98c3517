//! The queue in SQL, in a table `mail` that the service's own migrations make:
//! `id`, `recipient`, `subject`, `body`, `created_at`, `attempts`, `due_at`, and a column for the
//! account, whose name is the service's. The text is written once and compiled for each database.

// The file is compiled once a dialect: what differs it takes from `super`.
#![allow(clippy::duplicate_mod)]

/// The queue over SQLite.
#[path = "."]
pub mod sqlite {
    use skeleton_durable::sql::sqlite::{Store, Write, dialect, scan};

    mod queue;

    pub use queue::{TABLE, queue};
}

/// The queue over PostgreSQL.
#[cfg(feature = "postgres")]
#[path = "."]
pub mod postgres {
    use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

    mod queue;

    pub use queue::{TABLE, queue};
}
