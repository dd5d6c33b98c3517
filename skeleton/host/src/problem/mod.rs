//! Errors as the outside sees them: RFC 9457 problem details.
//!
//! Use cases have their own error enums; an HTTP adapter turns each into a [`Problem`] in one place.
//! A problem never shows an internal error's text: [`Problem::internal`] logs it, once.

mod extract;

pub(crate) use extract::panic_text;
pub use extract::{Json, Path, Query, not_found_route};
pub(crate) use extract::{method_not_allowed, panic_response};

use crate::http::{HeaderValue, IntoResponse, Response, StatusCode, header};
use crate::product::PROBLEM_TYPE_PREFIX;
use actix_web::body::BoxBody;
use actix_web::{HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::time::Duration;
use utoipa::ToSchema;

/// What a problem is sent as.
pub const MEDIA_TYPE: &str = "application/problem+json";

tokio::task_local! {
    pub(crate) static REQUEST_ID: HeaderValue;
}

/// One bad field: where it is and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON Pointer into the body, or `/name` of a query or path parameter.
    pub pointer: String,
    /// What is wrong and what was expected.
    pub detail: String,
}

impl FieldError {
    /// An error at `pointer` (`/email`, `/items/3/name`).
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// An `application/problem+json` answer. Handlers return it as their error, so it is kept small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Stable identifier of the kind of problem: branch on this.
    #[serde(rename = "type")]
    #[schema(example = "urn:kith:problem:not-found")]
    pub kind: String,
    /// Short, the same for every problem of this type.
    #[schema(value_type = String)]
    pub title: Box<str>,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Every bad field, when the problem lies in the request's fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Quote this when asking for help; the log has it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub request_id: Option<Box<str>>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

impl Problem {
    /// A problem of a type of your own. Prefer the named ones below.
    pub fn new(status: StatusCode, slug: &str, title: &str) -> Self {
        Self {
            kind: format!("{PROBLEM_TYPE_PREFIX}{slug}"),
            title: title.into(),
            status: status.as_u16(),
            detail: None,
            errors: Vec::new(),
            request_id: None,
            retry_after_s: None,
        }
    }

    /// 422: the request was understood and some fields are not acceptable.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "validation",
            "some fields are not valid",
        );
        problem.detail = errors.first().map(|first| match errors.len() {
            1 => format!("{}: {}", first.pointer, first.detail),
            more => format!(
                "{}: {} (and {} more)",
                first.pointer,
                first.detail,
                more - 1
            ),
        });
        problem.errors = errors;
        problem
    }

    /// 422 about one field.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::validation(vec![FieldError::new(pointer, detail)])
    }

    /// 400: the request could not be read at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            "the request could not be read",
        )
        .with_detail(detail)
    }

    /// 401: who is asking is not known.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "sign in first").with_detail(detail)
    }

    /// 403: known, and not allowed. For somebody else's resource answer [`Problem::not_found`].
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "this is not allowed").with_detail(detail)
    }

    /// 404: `what` ("person") is not there, or is not the caller's.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "not found")
            .with_detail(format!("no such {what}"))
    }

    /// 409: the request contradicts the present state.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "conflict",
            "this conflicts with the present state",
        )
        .with_detail(detail)
    }

    /// 412: `If-Match` names a version that is not the current one.
    pub fn version_mismatch(current: i64) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "version-mismatch",
            "it was changed in the meantime",
        )
        .with_detail(format!(
            "the current version is {current}; read it again, then edit"
        ))
    }

    /// 412: `If-Match` names what was read before the stores were restored from a backup.
    pub fn restored_meanwhile() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "version-mismatch",
            "it was changed in the meantime",
        )
        .with_detail("everything was restored from a backup since; read it again, then edit")
    }

    /// 413: the body exceeds the limit.
    pub fn payload_too_large(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload-too-large",
            "the body is too large",
        )
        .with_detail(detail)
    }

    /// 415: the body is of a kind that is not taken here.
    pub fn unsupported_format(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-format",
            "this format is not supported",
        )
        .with_detail(detail)
    }

    /// 429 with `Retry-After`.
    pub fn rate_limited(retry_after: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate-limited",
            "too many requests",
        )
        .with_detail(format!("try again in {} s", whole_seconds(retry_after)))
        .with_retry_after(retry_after)
    }

    /// 503 with `Retry-After`: something this needs is down; the same request may succeed later.
    pub fn unavailable(retry_after: Duration) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "not available at the moment",
        )
        .with_detail(format!("try again in {} s", whole_seconds(retry_after)))
        .with_retry_after(retry_after)
    }

    /// 500. Logs the error with its causes, once; the answer says nothing of it.
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = %Causes(error), "request failed");
        Self::internal_unlogged()
    }

    pub(crate) fn internal_unlogged() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong here",
        )
        .with_detail("the fault is ours; quote the request id when asking for help")
    }

    /// The same problem with another explanation.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same problem with a `Retry-After` header.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after_s = Some(whole_seconds(after));
        self
    }

    /// The type without its prefix: `not-found`.
    pub fn slug(&self) -> &str {
        self.kind
            .strip_prefix(PROBLEM_TYPE_PREFIX)
            .unwrap_or(&self.kind)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{}: {detail}", self.slug()),
            None => write!(f, "{}", self.slug()),
        }
    }
}

impl Error for Problem {}

/// How an argument's problem becomes the answer.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.clone().into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        if self.request_id.is_none() {
            let id = REQUEST_ID.try_with(|id| id.to_str().ok().map(Into::into));
            self.request_id = id.ok().flatten();
        }
        let status = self.status_code();
        let body = serde_json::to_vec(&self).expect("strings and numbers always serialise");
        let mut response = HttpResponse::with_body(status, BoxBody::new(body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(after) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn whole_seconds(duration: Duration) -> u32 {
    let seconds = duration
        .as_secs()
        .saturating_add(u64::from(duration.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// Displays an error followed by its causes.
pub(crate) struct Causes<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
