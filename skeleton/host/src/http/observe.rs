//! One middleware that gives each request its id, span, log line and metrics.
//!
//! It logs methods, route templates and status codes; never a header, a query or a body.

use super::{HeaderMap, HeaderName, HeaderValue, MatchedPath, Method, header};
use crate::health::PROBES;
use crate::problem::REQUEST_ID;
use crate::telemetry::{self, TRACEPARENT};
use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use std::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

/// The header that carries a request's id in and out.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");
const MAX_ID_LENGTH: usize = 128;

pub(super) async fn observe(
    service: &'static str,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    if PROBES.contains(&request.path()) {
        return next.call(request).await;
    }
    hide_secrets(request.headers_mut());
    let id = given_id(request.headers()).unwrap_or_else(|| Uuid::new_v4().to_string());
    let traceparent = given_traceparent(request.headers());
    let method = request.method().clone();
    let route = request
        .app_data::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |route| route.as_str().to_owned());
    let value = HeaderValue::from_str(&id).expect("an id is visible ASCII");
    // What is called from here in this process carries the same id.
    request
        .headers_mut()
        .insert(REQUEST_ID_HEADER, value.clone());

    let span = tracing::info_span!(
        "request", otel.kind = "server", service, %method, route, request_id = id,
        account = tracing::field::Empty,
    );
    if let Some(traceparent) = &traceparent {
        telemetry::trace_from(&span, traceparent);
    }
    let started = Instant::now();
    let answer = async {
        let answer = next.call(request).await;
        let status = match &answer {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        let status = status.as_u16();
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
        answer
    };
    let mut answer = TRACEPARENT
        .scope(traceparent, REQUEST_ID.scope(id, answer))
        .instrument(span)
        .await;
    if let Ok(response) = &mut answer {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
        hide(response.headers_mut(), &header::SET_COOKIE);
    }
    answer
}

/// Whatever prints headers leaves these out.
fn hide_secrets(headers: &mut HeaderMap) {
    hide(headers, &header::AUTHORIZATION);
    hide(headers, &header::COOKIE);
}

fn hide(headers: &mut HeaderMap, name: &HeaderName) {
    if let Some(value) = headers.get_mut(name) {
        value.set_sensitive(true);
    }
}

/// Methods are whatever a client sends: an unknown one must not become a label.
fn known_method(method: &Method) -> String {
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
