//! The store in SQL: its text stands in the files of this folder and is compiled for each dialect.

pub(crate) mod sqlite;

#[cfg(feature = "distributed")]
pub(crate) mod postgres;
