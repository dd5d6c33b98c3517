//! What touches the outside: HTTP in, SQL out.

pub(crate) mod http;
pub(crate) mod store;
