//! The outside world: HTTP, events, the index, the store.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod store;
pub mod tantivy;
