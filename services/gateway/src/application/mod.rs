//! What the gateway does beyond passing requests on.

pub mod limits;
pub mod live;
pub mod sessions;
