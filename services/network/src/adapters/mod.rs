//! The outside: HTTP, events, the store. Named by `wiring.rs` and by nobody else.

pub mod events;
pub mod http;
pub mod store;
