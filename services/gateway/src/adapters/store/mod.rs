//! The store in SQL.

pub(crate) mod sqlite;
