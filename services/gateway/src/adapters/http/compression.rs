//! Answers of the API on their way out, smaller.
//!
//! Only what a page or a program of the user's own reads: JSON, whole, large enough to be worth it.
//! Event streams pass as they come, and the web app's files are compressed already. An answer that
//! carries a credential, or that another site had a browser ask for, is never compressed: its
//! length would tell something about the secret in it to whoever chooses the rest.
//!
//! A strong `ETag` names one representation byte by byte, so the compressed one gets a tag of its
//! own, `"8-br"` beside `"8"`. What a client sends back is taken for the tag that the service gave.

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use std::convert::Infallible;
use tower::{ServiceExt, service_fn};
use tower_http::{
    CompressionLevel,
    compression::{Compression, Predicate, predicate::SizeAbove},
};

use super::same_origin::{self, Origin};

/// What fits into one packet does not get there faster.
const WORTH_IT_BYTES: u64 = 1_024;
const API: &str = "/api/";
/// What is added to a tag, by encoding.
const MARKS: [&str; 2] = ["-br", "-gzip"];

/// Compresses the answer, if it may and the client takes it.
pub(super) async fn compress(mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(API) {
        return next.run(request).await;
    }
    let held = unmark(request.headers_mut());
    let may = *request.method() == Method::GET
        && same_origin::origin(request.headers(), None) != Origin::Foreign;
    if !may || !is_wanted(request.headers()) {
        let mut response = next.run(request).await;
        if may && is_compressible(response.status(), response.headers()) {
            vary(response.headers_mut());
        }
        return response;
    }
    let inner = service_fn(move |request: Request| {
        let next = next.clone();
        async move { Ok::<_, Infallible>(next.run(request).await) }
    });
    let large = SizeAbove::new(WORTH_IT_BYTES);
    let service = Compression::new(inner)
        .quality(CompressionLevel::Fastest)
        .compress_when(large.and(is_compressible_answer));
    match service.oneshot(request).await {
        Ok(response) => marked(response.map(Body::new), held),
        Err(never) => match never {},
    }
    .into_response()
}

/// Whether a client names an encoding of ours. One that forbids even the plain answer gets a 406.
fn is_wanted(headers: &HeaderMap) -> bool {
    let all = headers.get_all(header::ACCEPT_ENCODING);
    all.iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            let mut encodings = value.split(',').filter_map(|one| one.split(';').next());
            encodings.any(|name| matches!(name.trim(), "br" | "gzip" | "*"))
        })
}

fn is_compressible_answer(
    status: StatusCode,
    _: Version,
    headers: &HeaderMap,
    _: &Extensions,
) -> bool {
    is_compressible(status, headers)
}

fn is_compressible(status: StatusCode, headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    status == StatusCode::OK
        && (kind == "application/json" || kind.ends_with("+json"))
        && !headers.contains_key(header::SET_COOKIE)
        && !headers.contains_key(header::CONTENT_ENCODING)
}

fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
}

/// Takes our marks from the tags that a client sends back; gives the mark that it holds, if any.
fn unmark(headers: &mut HeaderMap) -> Option<&'static str> {
    let mut held = None;
    for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
        held = unmark_one(headers, &name).or(held);
    }
    held
}

fn unmark_one(headers: &mut HeaderMap, name: &HeaderName) -> Option<&'static str> {
    let text = headers.get(name)?.to_str().ok()?;
    let mark = MARKS
        .into_iter()
        .find(|mark| text.contains(&format!("{mark}\"")))?;
    let plain = MARKS.iter().fold(text.to_owned(), |text, mark| {
        text.replace(&format!("{mark}\""), "\"")
    });
    let value = HeaderValue::from_str(&plain).ok()?;
    headers.insert(name.clone(), value);
    Some(mark)
}

/// The tag of what is sent: of the compressed answer, or of the one that the client still holds.
fn marked(mut response: Response, held: Option<&'static str>) -> Response {
    let encoding = response.headers().get(header::CONTENT_ENCODING);
    let mark = match encoding.map(HeaderValue::as_bytes) {
        Some(b"br") => Some("-br"),
        Some(b"gzip") => Some("-gzip"),
        _ if response.status() == StatusCode::NOT_MODIFIED => held,
        _ => None,
    };
    let tag = response.headers().get(header::ETAG);
    let tag = tag.and_then(|tag| tag.to_str().ok()?.strip_suffix('"'));
    if let (Some(mark), Some(tag)) = (mark, tag)
        && let Ok(value) = HeaderValue::from_str(&format!("{tag}{mark}\""))
    {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_for_those_that_the_service_gave() {
        for (sent, expected) in [
            ("\"8-br\"", "\"8\""),
            ("\"8-gzip\", \"9-br\", \"10\"", "\"8\", \"9\", \"10\""),
            ("W/\"8-br\"", "W/\"8\""),
            ("\"8\"", "\"8\""),
            ("*", "*"),
            ("\"8-brr\"", "\"8-brr\""),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, sent.parse().unwrap());
            unmark(&mut headers);
            assert_eq!(headers[header::IF_MATCH], expected);
        }
    }
}
