//! The service `search`: finds people as one types.
//!
//! | where | what |
//! |---|---|
//! | [`domain`] | the document of a person and how it grows by events; words; who may see what |
//! | [`application`] | what can be asked: people, organisations |
//! | [`ports`] | the index, and the projection of accounts and circles |
//! | `adapters::http` | one endpoint, one file |
//! | `adapters::events` | how events reach index and projection, and when an import counts as applied |
//! | `adapters::tantivy`, `adapters::elasticsearch` | the index, embedded and distributed |
//! | `adapters::store` | projection, inbox and outbox in SQL |
//! | [`wiring`] | the only place that names a concrete adapter |
//!
//! Index and store are two stores without a common transaction. The order makes that harmless: the
//! index is durable first, then the events count as handled; a kill in between repeats them, and
//! the versions inside each document make a repetition do nothing.
//!
//! To make another field searchable: `domain/document.rs` (what of it, for whom), and nothing else;
//! the indexes know only the texts of [`domain::document::Texts`].

mod adapters;
pub mod application;
pub mod domain;
pub mod ports;
pub mod wiring;

#[cfg(feature = "distributed")]
pub use adapters::elasticsearch;
pub use adapters::tantivy;
