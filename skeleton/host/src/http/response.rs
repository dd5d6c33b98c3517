//! What handlers may answer with.

use super::Body;
use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use std::fmt;

/// An answer.
pub type Response = HttpResponse<BoxBody>;

/// What becomes an answer: a body, a status, or headers and a status beside a body,
/// `(StatusCode::CREATED, ETag(7), Json(thing))`.
pub trait IntoResponse {
    /// The answer.
    fn into_response(self) -> Response;
}

/// What is added to an answer: a status, headers.
pub trait IntoResponseParts {
    /// Adds it.
    fn add_to(self, response: &mut Response);
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(answer) => answer.into_response(),
            Err(answer) => answer.into_response(),
        }
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Response {
        HttpResponse::with_body(StatusCode::OK, BoxBody::new(()))
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        HttpResponse::with_body(self, BoxBody::new(()))
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        HttpResponse::with_body(StatusCode::OK, self.boxed())
    }
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

macro_rules! whole {
    ($kind:expr => $($body:ty),*) => {
        $(impl IntoResponse for $body {
            fn into_response(self) -> Response {
                let mut response = Body::from(self).into_response();
                response.headers_mut().insert(header::CONTENT_TYPE, $kind);
                response
            }
        })*
    };
}

whole!(TEXT => String, &'static str);
whole!(BYTES => Vec<u8>, Bytes, &'static [u8]);

impl<P: IntoResponseParts, R: IntoResponse> IntoResponse for (P, R) {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        self.0.add_to(&mut response);
        response
    }
}

impl<P: IntoResponseParts, Q: IntoResponseParts, R: IntoResponse> IntoResponse for (P, Q, R) {
    fn into_response(self) -> Response {
        (self.0, (self.1, self.2)).into_response()
    }
}

impl<K, V, const N: usize> IntoResponse for [(K, V); N]
where
    Self: IntoResponseParts,
{
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

impl IntoResponseParts for StatusCode {
    fn add_to(self, response: &mut Response) {
        *response.status_mut() = self;
    }
}

impl<P: IntoResponseParts> IntoResponseParts for Option<P> {
    fn add_to(self, response: &mut Response) {
        if let Some(part) = self {
            part.add_to(response);
        }
    }
}

impl IntoResponseParts for HeaderMap {
    fn add_to(self, response: &mut Response) {
        for (name, value) in self {
            response.headers_mut().append(name, value);
        }
    }
}

/// Names and values that the program itself wrote.
impl<K, V, const N: usize> IntoResponseParts for [(K, V); N]
where
    K: TryInto<HeaderName, Error: fmt::Debug>,
    V: TryInto<HeaderValue, Error: fmt::Debug>,
{
    fn add_to(self, response: &mut Response) {
        for (name, value) in self {
            let name = name.try_into().expect("a header's name");
            let value = value.try_into().expect("a header's value");
            response.headers_mut().insert(name, value);
        }
    }
}
