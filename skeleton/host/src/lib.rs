//! How a service runs: settings, telemetry, HTTP, problems, tokens, health, shutdown.
//!
//! Nothing here knows what the product is about; a service of any product could be hosted by it.
//! It holds no store and no bus (that is `skeleton-durable`) and depends on no other crate of ours.
//!
//! | module | subject |
//! |---|---|
//! | [`settings`] | typed settings from a file and the environment, every mistake in one message |
//! | [`telemetry`] | logs, traces, metrics |
//! | [`problem`] | errors as RFC 9457 problems; extractors that reject with them |
//! | [`auth`] | the short-lived token between gateway and service; [`auth::Caller`] |
//! | [`http`] | the table of routes, the middleware around it, and serving with a graceful end |
//! | [`health`] | `/healthz`, `/readyz`, `/metrics` |
//! | [`shutdown`] | supervised tasks and the order of ending |
//! | [`pages`], [`conditional`], [`idempotency`] | habits of the HTTP interface |
//! | [`upstream`] | reaching a service in this process or over HTTP, the same way |
//! | [`testing`] | clients and assertions for tests of services |

pub mod auth;
pub mod conditional;
pub mod health;
pub mod http;
pub mod idempotency;
pub mod pages;
pub mod problem;
pub mod product;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod testing;
pub mod upstream;
