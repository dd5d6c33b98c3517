//! What the gateway asks other services itself, as itself.

pub(crate) mod users;
