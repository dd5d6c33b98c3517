//! The store in SQL, its text written once for both dialects in `rows.rs`, `reads.rs` and
//! `writes.rs`; and the index of people, embedded and on a server.

#[cfg(test)]
mod contract;
#[cfg(feature = "distributed")]
pub mod elasticsearch;
#[cfg(feature = "distributed")]
pub(crate) mod postgres;
pub(crate) mod sqlite;
mod stored;
pub mod tantivy;
