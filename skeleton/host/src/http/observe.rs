//! One middleware that gives each request its id, span, log line and metrics.
//!
//! It logs methods, route templates and status codes; never a header, a query or a body.

use super::{HeaderMap, HeaderName, HeaderValue, MatchedPath, Method, StatusCode, header};
use crate::health::PROBES;
use crate::problem::REQUEST_ID;
use crate::telemetry::{self, TRACEPARENT};
use actix_web::Error;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use metrics::{Counter, Histogram};
use std::cell::RefCell;
use std::time::{Duration, Instant};
use tracing::Instrument;
use uuid::Uuid;

/// The header that carries a request's id in and out.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");
const MAX_ID_LENGTH: usize = 128;

/// What counts the answers of one route: of a thread its own, so that nothing is looked up.
pub(super) struct Meters {
    service: &'static str,
    known: RefCell<Vec<Meter>>,
}

struct Meter {
    method: &'static str,
    status: StatusCode,
    requests: Counter,
    duration: Histogram,
}

impl Meters {
    pub(super) fn new(service: &'static str) -> Self {
        Self {
            service,
            known: RefCell::default(),
        }
    }

    fn count(&self, method: &'static str, route: &str, status: StatusCode, took: Duration) {
        let mut known = self.known.borrow_mut();
        let is_it = |it: &&Meter| it.method == method && it.status == status;
        if let Some(meter) = known.iter().find(is_it) {
            meter.count(took);
            return;
        }
        let labels = [
            ("service", self.service.to_owned()),
            ("method", method.to_owned()),
            ("route", route.to_owned()),
            ("status", status.as_str().to_owned()),
        ];
        let meter = Meter {
            method,
            status,
            requests: metrics::counter!("http_requests_total", &labels),
            duration: metrics::histogram!("http_request_duration_seconds", &labels[..3]),
        };
        meter.count(took);
        known.push(meter);
    }
}

impl Meter {
    fn count(&self, took: Duration) {
        self.requests.increment(1);
        self.duration.record(took);
    }
}

pub(super) async fn observe(
    service: &'static str,
    meters: &Meters,
    mut request: ServiceRequest,
    answer: impl AsyncFnOnce(ServiceRequest) -> Result<ServiceResponse, Error>,
) -> Result<ServiceResponse, Error> {
    if PROBES.contains(&request.path()) {
        return answer(request).await;
    }
    hide_secrets(request.headers_mut());
    let id = given_id(request.headers()).unwrap_or_else(new_id);
    let traceparent = given_traceparent(request.headers());
    let method = request.method().clone();
    let route = request.app_data::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    // What is called from here in this process carries the same id.
    request.headers_mut().insert(REQUEST_ID_HEADER, id.clone());

    let span = tracing::info_span!(
        "request",
        otel.kind = "server",
        service,
        method = method.as_str(),
        route,
        request_id = id.to_str().unwrap_or_default(),
        account = tracing::field::Empty,
    );
    if let Some(traceparent) = &traceparent {
        telemetry::trace_from(&span, traceparent);
    }
    let started = Instant::now();
    let answer = async {
        let answer = answer(request).await;
        let status = match &answer {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        let took = started.elapsed();
        tracing::info!(
            status = status.as_u16(),
            elapsed_ms = took.as_millis() as u64,
            "answered"
        );
        meters.count(known_method(&method), route, status, took);
        answer
    };
    let mut answer = TRACEPARENT
        .scope(traceparent, REQUEST_ID.scope(id.clone(), answer))
        .instrument(span)
        .await;
    if let Ok(response) = &mut answer {
        response.headers_mut().insert(REQUEST_ID_HEADER, id);
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
fn known_method(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let found = known.into_iter().find(|name| *name == method.as_str());
    found.unwrap_or("other")
}

fn given_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID_HEADER)?;
    let is_plain =
        (1..=MAX_ID_LENGTH).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic);
    is_plain.then(|| id.clone())
}

fn new_id() -> HeaderValue {
    // Without a call into the kernel for each.
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
    let mut text = Uuid::encode_buffer();
    let text: &str = id.hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).expect("an id is visible ASCII")
}

fn given_traceparent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    telemetry::is_traceparent(text).then(|| text.to_owned())
}
