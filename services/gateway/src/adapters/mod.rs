//! Everything that touches the outside.

pub(crate) mod events;
pub(crate) mod holdings;
pub(crate) mod http;
pub(crate) mod store;
pub(crate) mod users;
