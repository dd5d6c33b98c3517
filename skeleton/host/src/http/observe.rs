//! One middleware that gives each request its id, span, log line and metrics.
//!
//! It logs methods, route templates and status codes; never a header, a query or a body.

use crate::health::PROBES;
use crate::problem::REQUEST_ID;
use crate::telemetry::{self, TRACEPARENT};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

/// The header that carries a request's id in and out.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");
const MAX_ID_LENGTH: usize = 128;

/// The request's id, among the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

pub(super) async fn observe(
    State(service): State<&'static str>,
    mut request: Request,
    next: Next,
) -> Response {
    if PROBES.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let id = given_id(request.headers()).unwrap_or_else(|| Uuid::new_v4().to_string());
    let traceparent = given_traceparent(request.headers());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |route| route.as_str().to_owned());
    let value = HeaderValue::from_str(&id).expect("an id is visible ASCII");
    // What is called from here in this process carries the same id.
    request
        .headers_mut()
        .insert(REQUEST_ID_HEADER, value.clone());
    request.extensions_mut().insert(RequestId(id.clone()));

    let span = tracing::info_span!(
        "request", otel.kind = "server", service, %method, route, request_id = id,
        account = tracing::field::Empty,
    );
    if let Some(traceparent) = &traceparent {
        telemetry::trace_from(&span, traceparent);
    }
    let started = Instant::now();
    let answer = async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let elapsed = started.elapsed();
        tracing::info!(status, elapsed_ms = elapsed.as_millis() as u64, "answered");
        let labels = [
            ("service", service.to_owned()),
            ("method", known_method(&method)),
            ("route", route.clone()),
            ("status", status.to_string()),
        ];
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_duration_seconds", &labels[..3])
            .record(elapsed.as_secs_f64());
        response
    };
    let mut response = TRACEPARENT
        .scope(traceparent, REQUEST_ID.scope(id, answer))
        .instrument(span)
        .await;
    response.headers_mut().insert(REQUEST_ID_HEADER, value);
    response
}

/// Methods are whatever a client sends: an unknown one must not become a label.
fn known_method(method: &http::Method) -> String {
    match method.as_str() {
        name @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => {
            name.to_owned()
        }
        _ => "other".to_owned(),
    }
}

fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID_HEADER)?.to_str().ok()?;
    let plain = (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    plain.then(|| id.to_owned())
}

fn given_traceparent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    telemetry::is_traceparent(text).then(|| text.to_owned())
}
