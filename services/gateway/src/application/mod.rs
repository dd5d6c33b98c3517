//! What the gateway does beyond passing requests on.

pub mod live;
pub mod sessions;
