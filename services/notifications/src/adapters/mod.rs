//! The outside world: HTTP, events, stores.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod store;
