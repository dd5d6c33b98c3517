//! The outside: HTTP, events, the store. Named by `wiring.rs` and by nobody else.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod store;
