//! The store in SQL: its text stands in `reads.rs` and `writes.rs` and is compiled for each dialect.

mod stored;

pub(crate) mod sqlite;

#[cfg(feature = "distributed")]
pub(crate) mod postgres;
