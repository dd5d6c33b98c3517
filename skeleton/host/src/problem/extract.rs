//! Extractors that reject with a [`Problem`] which points at the bad field, and the answers to
//! requests that no handler took.

use super::{FieldError, Problem};
use crate::http::Argument;
use axum::body::Bytes;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path as SerdePath, Segment};
use std::any::Any;
use std::error::Error;

/// A JSON body, in and out. Rejects with a problem: 400 for broken JSON, 422 with a pointer for a
/// value that does not fit, 413, 415.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_format(
                "expected content-type: application/json",
            ));
        }
        let bytes = Bytes::from_request(request, state).await?;
        let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut deserializer).map_err(json_problem)?;
        deserializer.end().map_err(|error| broken_json(&error))?;
        Ok(Self(value))
    }
}

impl<T> Argument for Json<T> {
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

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let axum::extract::Query(value) = axum::extract::Query::try_from_uri(&parts.uri)?;
        Ok(Self(value))
    }
}

impl<T> Argument for Query<T> {
    const REFUSES: &'static [u16] = &[422];
}

/// Path parameters. An id that is not an id names nothing, so the rejection is a 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let axum::extract::Path(value) =
            axum::extract::Path::from_request_parts(parts, state).await?;
        Ok(Self(value))
    }
}

impl<T> Argument for Path<T> {
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

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::payload_too_large("the body is larger than this route takes")
            }
            _ => Self::malformed("the body ended before it was complete"),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::JsonDataError(error) => rejected_field(&error, String::new()),
            JsonRejection::JsonSyntaxError(error) => Self::malformed(error.body_text()),
            JsonRejection::MissingJsonContentType(_) => {
                Self::unsupported_format("expected content-type: application/json")
            }
            JsonRejection::BytesRejection(rejection) => rejection.into(),
            other => Self::malformed(other.body_text()),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        rejected_field(&rejection, String::new())
    }
}

/// Finds serde's path among the causes of an axum rejection.
fn rejected_field(error: &(dyn Error + 'static), fallback: String) -> Problem {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(found) = current.downcast_ref::<serde_path_to_error::Error<serde_json::Error>>()
        {
            return Problem::validation(vec![field_error(
                pointer(found.path()),
                &found.inner().to_string(),
            )]);
        }
        if let Some(found) =
            current.downcast_ref::<serde_path_to_error::Error<serde_urlencoded::de::Error>>()
        {
            return Problem::validation(vec![field_error(
                pointer(found.path()),
                &found.inner().to_string(),
            )]);
        }
        cause = current.source();
    }
    Problem::validation(vec![FieldError::new(fallback, error.to_string())])
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        let PathRejection::FailedToDeserializePathParams(failed) = rejection else {
            return Self::malformed(rejection.body_text());
        };
        let key = match failed.kind() {
            ErrorKind::ParseErrorAtKey { key, .. }
            | ErrorKind::DeserializeError { key, .. }
            | ErrorKind::InvalidUtf8InPathParam { key } => Some(key.clone()),
            _ => None,
        };
        let pointer = key.map_or_else(String::new, |key| format!("/{}", escape(&key)));
        let mut problem = Self::not_found("resource");
        problem.detail = Some(failed.body_text());
        problem.errors = vec![FieldError::new(pointer, failed.body_text())];
        problem
    }
}

/// The answer to a path that no route has.
pub async fn not_found_route() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "not found").with_detail("no such route")
}

/// The answer to a method that a route does not take; axum adds `Allow`.
pub async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "this route does not take this method",
    )
}

/// The answer after a handler panicked; the panic's text goes to the log only.
pub fn panic_response(panic: Box<dyn Any + Send + 'static>) -> Response {
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
