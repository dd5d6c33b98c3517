//! The outside world: HTTP, events, mail, stores.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod mail;
pub(crate) mod store;
