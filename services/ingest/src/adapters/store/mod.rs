//! The store in SQL. The text is in `write.rs`, `book.rs`, `imports.rs` and `mail.rs`, and is
//! compiled for each database by a module of its own.

#[cfg(feature = "distributed")]
pub(crate) mod postgres;
pub(crate) mod sqlite;
