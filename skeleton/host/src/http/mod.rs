//! The HTTP side of a service: its table of routes, the middleware that every table gets, and
//! serving it. What services, their tests and programs name of HTTP they name through here, so that
//! the framework below, actix-web, is an affair of the skeleton's and the gateway's alone.
//!
//! Requests, their bodies and the futures that answer them belong to one thread: a table of routes
//! is shared by all threads, and each makes the framework's application out of it for itself when
//! it first needs one.

mod admission;
mod arguments;
mod body;
mod connection;
mod instance;
mod newcomers;
mod observe;
mod open_files;
mod request;
mod response;
mod routes;
mod serve;
mod stack;
mod workers;

pub use admission::network_of;
pub use arguments::{Argument, Arguments, Handler};
pub use body::{Body, BodyDataStream, BodyError, to_bytes};
pub use observe::REQUEST_ID_HEADER;
pub use request::{Headers, Peer, Request, State};
pub use response::{IntoResponse, IntoResponseParts, Response};
pub use routes::{MatchedPath, Mounted, Routes};
pub use serve::{PerAddress, ServeSettings, serve};
pub use stack::{HttpSettings, Stack};

#[doc(inline)]
pub use crate::routes;
#[doc(hidden)]
pub use pastey::paste;
pub use utoipa::openapi::OpenApi;

pub use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use actix_web::http::{Method, StatusCode, Uri, Version};
pub use bytes::Bytes;
