//! The HTTP side of a service: the middleware that every router gets, and serving it.

mod admission;
mod connection;
mod newcomers;
mod observe;
mod open_files;
mod serve;
mod stack;

pub use admission::network_of;
pub use observe::{REQUEST_ID_HEADER, RequestId};
pub use serve::{PerAddress, ServeSettings, serve};
pub use stack::{HttpSettings, Stack};
