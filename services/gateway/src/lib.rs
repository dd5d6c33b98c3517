//! The gateway: the one door to the services, and the web app behind it.
//!
//! | where | what |
//! |---|---|
//! | [`domain`] | which service answers which request, under which names, what the whole API is |
//! | [`application`] | the menu: sessions, limits, live updates, the operator |
//! | [`ports`] | its store, and the question whose session a token opens |
//! | `adapters::http` | one endpoint, one file |
//! | `adapters::http::front` | what stands in front of them: who asks, may they, how often |
//! | `adapters::services` | the question put to the service users |
//! | `adapters::events` | incoming events, opened |
//! | `adapters::store` | the store, its SQL written once for both dialects |
//! | [`wiring`] | the only place that names a concrete adapter; `process`: one of its own |
//!
//! It holds no rule of any domain. What holds for every request: nothing under `/internal` is
//! reachable; a service never sees a cookie or a token of a caller's, only the gateway's own; a
//! change is never let through on a remembered session.

mod adapters;
pub mod application;
pub mod domain;
pub mod ports;
pub mod wiring;

pub use adapters::http::front::operator::ACCOUNT_HEADER;
pub use application::operator::Operator;
