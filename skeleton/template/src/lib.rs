//! The service `template`: a whole service, small enough to read in one sitting, to be cloned
//! with `make service NAME=…`.
//!
//! | where | what |
//! |---|---|
//! | [`domain`] | the rules: pure, synchronous, no I/O, clock or randomness |
//! | [`application`] | one use case, one file: load, decide, commit |
//! | [`ports`] | every trait to the outside, on one screen |
//! | `adapters::http` | one endpoint, one file |
//! | `adapters::events` | what is done with the events that the service subscribed to |
//! | `adapters::store` | the store, its SQL written once for both dialects |
//! | [`wiring`] | the only place that names a concrete adapter |
//!
//! To add a field: `domain/thing.rs`, `migrations/`, `adapters/store/{rows,reads,writes}.rs`, the endpoints that
//! show it. To add an event that other services want: its type goes where they can see it.

mod adapters;
pub mod application;
pub mod domain;
pub mod ports;
pub mod wiring;
