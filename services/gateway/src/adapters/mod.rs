//! Everything that touches the outside.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod services;
pub(crate) mod store;
