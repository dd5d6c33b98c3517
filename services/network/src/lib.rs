//! The service `network`: ties and their strength, who is one human across books, tags, notes, and
//! the paths that lead from one person to another.
//!
//! # Where things are
//! - [`wiring`]: puts the service together; the only place that names adapters.
//! - [`ports`]: every way to the outside, on one screen.
//! - [`domain`]: the rules, pure: strength, evidence, scopes, identities.
//! - [`application`]: the menu of commands and queries; one use case, one file.
//! - `adapters`: HTTP, incoming events, the store in SQL and in Neo4j.
//!
//! # What holds
//! - A graph in memory proposes; the store decides. Nothing of another's book leaves unchecked.
//! - What a scope does not hold does not exist in its graph: not even as a key that links.
//! - Persons of several books are one human by strong keys within a circle, never by name.

mod adapters;
pub mod application;
pub mod domain;
pub mod ports;
pub mod wiring;
