//! Two releases of the same types: the framework speaks of methods, headers and statuses in its own,
//! the HTTP client in another.

use crate::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use actix_web::dev::RequestHead;
use reqwest::header as client;

/// A request for `client` to send to `url`, as the head has it.
pub fn request(
    client: &reqwest::Client,
    url: impl reqwest::IntoUrl,
    head: &RequestHead,
) -> reqwest::RequestBuilder {
    let method = reqwest::Method::from_bytes(head.method.as_str().as_bytes());
    let mut headers = client::HeaderMap::with_capacity(head.headers.len());
    for (name, value) in &head.headers {
        let name = client::HeaderName::from_bytes(name.as_str().as_bytes());
        let translated = client::HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(mut translated)) = (name, translated) {
            translated.set_sensitive(value.is_sensitive());
            headers.append(name, translated);
        }
    }
    let method = method.expect("a method is a method");
    client.request(method, url).headers(headers)
}

/// The status of what the client got.
pub fn status(response: &reqwest::Response) -> StatusCode {
    let status = StatusCode::from_u16(response.status().as_u16());
    status.unwrap_or(StatusCode::BAD_GATEWAY)
}

/// The headers of what the client got.
pub(super) fn headers(response: &reqwest::Response) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(response.headers().len());
    for (name, value) in response.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}
