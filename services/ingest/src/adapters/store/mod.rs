//! The store in SQL. The text is in `book.rs`, `imports.rs`, `mail.rs` and `write*.rs`, and is
//! compiled for each database by a module of its own.

#[cfg(feature = "distributed")]
pub(crate) mod postgres;
pub(crate) mod sqlite;
