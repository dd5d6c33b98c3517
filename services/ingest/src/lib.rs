//! ingest: brings files in and works out who is who.
//!
//! It owns imports and their files, source records, the fields of persons, resolution (which
//! records are one person), and the counts of who wrote to whom. A file becomes persons so:
//!
//! ```text
//! POST /imports ─▶ blob + queued import ─▶ worker: parse ─▶ batches ─▶ decide (domain) ─▶ one commit each
//!                                                                      └▶ person-changed, interactions-changed
//! ```
//!
//! | where | is |
//! |---|---|
//! | [`domain`] | what is decided, pure: start with `domain/book.rs` (resolution) and `domain/intake.rs` |
//! | [`application`] | what can be asked for, one use case one file |
//! | [`ports`] | what is needed from outside |
//! | `adapters` | HTTP, events, the store in SQL |
//! | [`wiring`] | puts it together |
//!
//! Parsing files is the crate `kith-formats`, making sample files `kith-sample`.

mod adapters;
pub mod application;
pub mod domain;
pub mod ports;
pub mod wiring;
