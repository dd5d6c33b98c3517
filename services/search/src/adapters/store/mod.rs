//! Projection, inbox and outbox in SQL: the text stands in `sql.rs`, once for both.

#[cfg(feature = "distributed")]
pub(crate) mod postgres;
pub(in crate::adapters) mod stored;

pub(crate) mod sqlite;
