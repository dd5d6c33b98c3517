//! The ways in and out: HTTP, events, the store.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod store;
