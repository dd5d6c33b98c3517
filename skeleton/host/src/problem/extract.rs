//! Extractors that reject with a [`Problem`] which points at the bad field, and the answers to
//! requests that no handler took.

use super::{FieldError, Problem};
use crate::http::{Argument, HeaderMap, IntoResponse, Response, StatusCode, header};
use actix_router::PathDeserializer;
use actix_web::dev::Payload;
use actix_web::error::{Error as ActixError, PayloadError};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path as SerdePath, Segment};
use std::any::Any;
use std::future::{Ready, ready};
use url::form_urlencoded;

/// A JSON body, in and out. Rejects with a problem: 400 for broken JSON, 422 with a pointer for a
/// value that does not fit, 413, 415.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !is_json(request.headers()) {
            let expected = "expected content-type: application/json";
            return Box::pin(ready(Err(Problem::unsupported_format(expected))));
        }
        // Up to the limit among the resource's data.
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move { read(&bytes.await.map_err(|error| unread(&error))?).map(Self) })
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(json_problem)?;
    deserializer.end().map_err(|error| broken_json(&error))?;
    Ok(value)
}

fn unread(error: &ActixError) -> Problem {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => {
            Problem::payload_too_large("the body is larger than this route takes")
        }
        _ => Problem::malformed("the body ended before it was complete"),
    }
}

impl<S, T: DeserializeOwned + 'static> Argument<S> for Json<T> {
    const REFUSES: &'static [u16] = &[400, 413, 415, 422];
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

/// Query parameters. Rejects with a 422 problem whose pointer names the parameter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> Query<T> {
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(request.query_string().as_bytes());
        let deserializer = serde_urlencoded::Deserializer::new(pairs);
        let value = serde_path_to_error::deserialize(deserializer);
        value.map(Self).map_err(|error| {
            let text = error.inner().to_string();
            Problem::validation(vec![field_error(pointer(error.path()), &text)])
        })
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl<S, T: DeserializeOwned + 'static> Argument<S> for Query<T> {
    const REFUSES: &'static [u16] = &[422];
}

/// Path parameters. An id that is not an id names nothing, so the rejection is a 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.match_info();
        let read = serde_path_to_error::deserialize(PathDeserializer::new(found));
        ready(read.map(Self).map_err(|error| {
            // One parameter is read as it is, several as a tuple.
            let at = match error.path().iter().next() {
                Some(Segment::Seq { index }) => *index,
                _ => 0,
            };
            let name = found.iter().nth(at).map_or("", |(name, _)| name);
            nothing_there(name, &error.inner().to_string())
        }))
    }
}

fn nothing_there(name: &str, why: &str) -> Problem {
    let why = format!("cannot read {name}: {why}");
    let mut problem = Problem::not_found("resource").with_detail(&why);
    problem.errors = vec![FieldError::new(format!("/{}", escape(name)), why)];
    problem
}

impl<S, T: DeserializeOwned + 'static> Argument<S> for Path<T> {
    const REFUSES: &'static [u16] = &[404];
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
    else {
        return false;
    };
    let mime = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    mime == "application/json" || (mime.starts_with("application/") && mime.ends_with("+json"))
}

fn json_problem(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    if error.inner().classify() != serde_json::error::Category::Data {
        return broken_json(error.inner());
    }
    let pointer = pointer(error.path());
    // The position is noise to somebody who has the pointer.
    let text = error.inner().to_string();
    let text = text
        .rfind(" at line ")
        .map_or(text.as_str(), |end| &text[..end]);
    Problem::validation(vec![field_error(pointer, text)])
}

fn broken_json(error: &serde_json::Error) -> Problem {
    Problem::malformed(format!("the body is not valid JSON: {error}"))
}

/// Serde says "missing field `x`" at the parent; the pointer shall name the field itself.
fn field_error(mut pointer: String, text: &str) -> FieldError {
    for lead in ["missing field `", "unknown field `"] {
        if let Some((name, _)) = text
            .strip_prefix(lead)
            .and_then(|rest| rest.split_once('`'))
        {
            let last = format!("/{}", escape(name));
            if !pointer.ends_with(&last) {
                pointer.push_str(&last);
            }
        }
    }
    FieldError {
        pointer,
        detail: text.to_owned(),
    }
}

fn pointer(path: &SerdePath) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The answer to a path that no route has.
pub async fn not_found_route() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "not found").with_detail("no such route")
}

/// The answer to a method that a route does not take; `Allow` goes beside it.
pub(crate) fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "this route does not take this method",
    )
}

/// The answer after a handler panicked; the panic's text goes to the log only.
pub(crate) fn panic_response(panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!(panic = panic_text(&*panic), "handler panicked");
    Problem::internal_unlogged().into_response()
}

/// What a panic said, when it said it with text.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(not text)")
}
