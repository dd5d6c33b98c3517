//! The HTTP side of a service: its table of routes, the middleware that every table gets, and
//! serving it. What services, their tests and programs name of HTTP they name through here, so that
//! the framework below is an affair of the skeleton's and the gateway's alone.

mod admission;
mod arguments;
mod connection;
mod newcomers;
mod observe;
mod open_files;
mod routes;
mod serve;
mod stack;

pub use admission::network_of;
pub use arguments::{Argument, Arguments};
pub use observe::{REQUEST_ID_HEADER, RequestId};
pub use routes::{Mounted, Routes};
pub use serve::{PerAddress, ServeSettings, serve};
pub use stack::{HttpSettings, Stack};

#[doc(inline)]
pub use crate::routes;
#[doc(hidden)]
pub use pastey::paste;
pub use utoipa::openapi::OpenApi;

pub use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
pub use axum::extract::{Request, State};
pub use axum::response::{IntoResponse, Response};
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::problem::Problem;
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::io;
use std::net::SocketAddr;

/// The other end of the connection that a request came on, among the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

impl Argument for Peer {}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let peer = parts.extensions.get().copied();
        peer.ok_or_else(|| {
            Problem::internal(&io::Error::other("the request came on no connection"))
        })
    }
}
