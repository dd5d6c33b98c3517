//! The service `search`: finds people as one types.
//!
//! | where | what |
//! |---|---|
//! | [`domain`] | the document of a person and how it grows by events; words; who may see what |
//! | [`application`] | the menu of commands and queries; one use case, one file |
//! | [`ports`] | the index of people, and the store of accounts and circles |
//! | `adapters::http` | one endpoint, one file |
//! | `adapters::events` | incoming events, opened |
//! | `adapters::store` | the store in SQL, with inbox and outbox |
//! | `adapters::store::tantivy`, `adapters::store::elasticsearch` | the index, embedded and distributed |
//! | [`wiring`] | the only place that names a concrete adapter |
//!
//! Index and store are two stores without a common transaction. The order makes that harmless: the
//! index is durable first, then the events count as handled; a kill in between repeats them, and
//! the versions inside each document make a repetition do nothing.
//!
//! To make more of a person searchable: `domain/document.rs` (what of it, for whom). Into a text
//! that is there, nothing else changes but the generation in `adapters/store/elasticsearch/shape.rs`; the
//! indexes know only [`domain::document::Texts`].

mod adapters;
pub mod application;
pub mod domain;
pub mod ports;
pub mod wiring;

#[cfg(feature = "distributed")]
pub use adapters::store::elasticsearch;
pub use adapters::store::tantivy;
