//! The outside world: HTTP, incoming events, the store and the index.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod store;
