//! The store in SQL. The text is written once, in the files of this folder, and compiled for each
//! database; what differs stands in its `mod.rs`.

mod stored;

pub(crate) mod sqlite;

#[cfg(feature = "distributed")]
pub(crate) mod postgres;
