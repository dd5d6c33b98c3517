//! The gateway: the one door to the services, and the web app behind it.
//!
//! | where | what |
//! |---|---|
//! | [`domain`] | which service answers which request, under which names; the document of the whole API |
//! | [`application`] | sessions looked up and remembered for moments; live updates; limits |
//! | [`ports`] | its store, and the question whose session a token opens |
//! | `adapters::http` | the front: who asks, may they, how often; then forward |
//! | `adapters::events` | what other services tell becomes live updates |
//! | [`wiring`] | the only place that names a concrete adapter |
//! | `process` | settings of a process of its own (feature `distributed`) |
//!
//! It holds no rule of any domain. What holds for every request: nothing under `/internal` is
//! reachable; a service never sees a cookie or a token of a caller's, only the gateway's own; a
//! change is never let through on a remembered session.

mod adapters;
pub mod application;
pub mod domain;
pub mod ports;
#[cfg(feature = "distributed")]
pub mod process;
pub mod settings;
pub mod wiring;

pub use adapters::http::front::operator::ACCOUNT_HEADER;
pub use application::operator::Operator;
