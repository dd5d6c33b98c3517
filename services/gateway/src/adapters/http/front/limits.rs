//! What an answer says of limits: `RateLimit-Policy` and `RateLimit`
//! (draft-ietf-httpapi-ratelimit-headers), and 429 with `Retry-After`.

use std::time::Duration;

use skeleton_host::{
    http::{HeaderMap, HeaderName, HeaderValue, IntoResponse, Response},
    problem::Problem,
};

use crate::application::limits::{Allowance, Exceeded, WINDOW};

/// Says what is left.
pub(crate) fn tell(allowance: Allowance, headers: &mut HeaderMap) {
    let Allowance { name, quota, left } = allowance;
    write(headers, name, quota, left, Duration::ZERO);
}

/// The answer to one who asked too often.
pub(crate) fn refuse(exceeded: Exceeded) -> Response {
    let Exceeded { name, quota, wait } = exceeded;
    let mut response = Problem::rate_limited(wait).into_response();
    write(response.headers_mut(), name, quota, 0, wait);
    response
}

fn write(headers: &mut HeaderMap, name: &str, quota: u32, left: u32, wait: Duration) {
    let reset = if wait.is_zero() {
        0
    } else {
        wait.as_secs() + 1
    };
    let policy = format!("\"{name}\";q={quota};w={}", WINDOW.as_secs());
    let state = format!("\"{name}\";r={left};t={reset}");
    for (header, text) in [("ratelimit-policy", policy), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(header), value);
        }
    }
}
