//! The store in SQL. The text is in `book.rs`, `imports.rs`, `mail.rs` and `write*.rs`, and is
//! compiled for each database by a module of its own. What stands in columns as JSON or as words is
//! in `stored`.

#[cfg(feature = "distributed")]
pub(crate) mod postgres;
pub(crate) mod sqlite;
mod stored;
