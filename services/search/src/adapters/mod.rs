//! The outside world: HTTP, events, the index, the store.

#[cfg(test)]
mod contract;
#[cfg(feature = "distributed")]
pub mod elasticsearch;
pub(crate) mod events;
pub(crate) mod holdings;
pub(crate) mod http;
pub(crate) mod store;
mod stored;
pub mod tantivy;
