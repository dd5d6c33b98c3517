//! The queue in SQL, in a table `mail` that the service's own migrations make:
//! `id`, `recipient`, `subject`, `body`, `created_at`, `attempts`, `due_at`, and a column for the
//! account, whose name is the service's. The text is written once and compiled for each database.

#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sqlite;
