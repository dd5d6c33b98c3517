//! A request as a whole, and the arguments that every handler may take.

use super::{Argument, Body};
use crate::problem::Problem;
use actix_web::dev::{Extensions, Payload, RequestHead};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;

/// A request: what a handler takes that passes it on or reads its body itself, and what is sent to
/// an [`Upstream`](crate::upstream::Upstream) or to [`Routes`](super::Routes).
pub struct Request {
    head: RequestHead,
    extensions: Extensions,
    body: Body,
}

impl Request {
    /// `method` of `uri`, which is a path and query.
    pub fn new(method: Method, uri: Uri) -> Self {
        let mut head = RequestHead::default();
        head.method = method;
        head.uri = uri;
        Self {
            head,
            extensions: Extensions::new(),
            body: Body::empty(),
        }
    }

    /// `GET` of a path and query.
    ///
    /// # Panics
    /// When `path` is no path and query.
    pub fn get(path: &str) -> Self {
        Self::to(Method::GET, path)
    }

    /// `POST` to a path and query.
    ///
    /// # Panics
    /// When `path` is no path and query.
    pub fn post(path: &str) -> Self {
        Self::to(Method::POST, path)
    }

    /// `method` of a path and query that the program itself wrote.
    ///
    /// # Panics
    /// When `path` is no path and query, or `method` none.
    pub fn to<M: TryInto<Method, Error: fmt::Debug>>(method: M, path: &str) -> Self {
        let method = method.try_into().expect("a method");
        Self::new(method, path.parse().expect("a path and query"))
    }

    /// With a header.
    ///
    /// # Panics
    /// When the name or the value cannot be one.
    #[must_use]
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: fmt::Debug>,
        V: TryInto<HeaderValue, Error: fmt::Debug>,
    {
        let name = name.try_into().expect("a header's name");
        let value = value.try_into().expect("a header's value");
        self.head.headers.append(name, value);
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// As if it came from there.
    #[must_use]
    pub fn from_peer(mut self, peer: SocketAddr) -> Self {
        self.head.peer_addr = Some(peer);
        self
    }

    /// Method, URI, version, headers and where it came from.
    pub fn head(&self) -> &RequestHead {
        &self.head
    }

    /// See [`Request::head`].
    pub fn head_mut(&mut self) -> &mut RequestHead {
        &mut self.head
    }

    /// What is asked.
    pub fn method(&self) -> &Method {
        &self.head.method
    }

    /// Of what.
    pub fn uri(&self) -> &Uri {
        &self.head.uri
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The headers.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.head.headers
    }

    /// What the middleware in front of the handler left for it.
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The body alone.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// Head and body.
    pub fn into_parts(self) -> (RequestHead, Body) {
        (self.head, self.body)
    }

    pub(super) fn into_inner(self) -> actix_http::Request {
        let mut inner = actix_http::Request::with_payload(self.body.into_payload());
        *inner.head_mut() = self.head;
        inner
    }
}

impl From<(RequestHead, Body)> for Request {
    fn from((head, body): (RequestHead, Body)) -> Self {
        Self {
            head,
            extensions: Extensions::new(),
            body,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers may be secret.
        write!(f, "Request({} {})", self.head.method, self.head.uri)
    }
}

impl FromRequest for Request {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            head: request.head().clone(),
            extensions: std::mem::take(&mut request.extensions_mut()),
            body: Body::from(payload.take()),
        }))
    }
}

impl<S> Argument<S> for Request {}

/// What the handlers of a table share; see [`Routes::with_state`](super::Routes::with_state).
#[derive(Debug, Clone, Copy)]
pub struct State<S>(pub S);

impl<S: Clone + 'static> FromRequest for State<S> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<Self>().cloned();
        ready(
            state.ok_or_else(|| {
                Problem::internal(&io::Error::other("a handler's state was not given"))
            }),
        )
    }
}

impl<S: Clone + 'static> Argument<S> for State<S> {}

/// The headers of the request.
#[derive(Debug, Clone)]
pub struct Headers(pub HeaderMap);

impl FromRequest for Headers {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.headers().clone())))
    }
}

impl<S> Argument<S> for Headers {}

/// The other end of the connection that a request came on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

impl<S> Argument<S> for Peer {}

impl FromRequest for Peer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let peer = request.peer_addr().map(Self);
        ready(peer.ok_or_else(|| {
            Problem::internal(&io::Error::other("the request came on no connection"))
        }))
    }
}
