//! What touches the outside: HTTP in, SQL and mail out.

pub(crate) mod http;
pub(crate) mod mail;
pub(crate) mod store;
