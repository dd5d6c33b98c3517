//! Projection, inbox and outbox in SQL: the text stands in `sql.rs`.

pub(crate) mod sqlite;
