//! The HTTP side of a service: the middleware that every router gets, and serving it.

mod observe;
mod serve;
mod stack;

pub use observe::{REQUEST_ID_HEADER, RequestId};
pub use serve::{ServeSettings, serve};
pub use stack::{HttpSettings, Stack};
