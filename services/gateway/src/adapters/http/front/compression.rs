//! Answers of the API on their way out, smaller.
//!
//! Only what a page or a program of the user's own reads: JSON, whole, large enough to be worth it.
//! Event streams pass as they come, and the web app's files are compressed already. An answer that
//! carries a credential, or that another site had a browser ask for, is never compressed: its
//! length would tell something about the secret in it to whoever chooses the rest.
//!
//! A strong `ETag` names one representation byte by byte, so the compressed one gets a tag of its
//! own, `"8-br"` beside `"8"`. What a client sends back is taken for the tag that the service gave.

use actix_http::encoding::Encoder;
use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{AcceptEncoding, ContentEncoding, Encoding, from_comma_delimited},
    middleware::Next,
};
use skeleton_host::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::same_origin::{self, Origin};

/// What fits into one packet does not get there faster.
const WORTH_IT_BYTES: u64 = 1_024;
const API: &str = "/api/";
/// What is added to a tag, by encoding.
const MARKS: [&str; 2] = ["-br", "-gzip"];

/// Compresses the answer, if it may and the client takes it.
pub(super) async fn compress(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let headers = request.headers();
    let may = request.path().starts_with(API)
        && *request.method() == Method::GET
        && same_origin::origin(headers, None) != Origin::Foreign;
    if !may {
        return next.call(request).await;
    }
    let ours = [Encoding::brotli(), Encoding::gzip()];
    let (wanted, held) = (wanted(headers, &ours), held(headers));
    let mut answer = next.call(request).await?;
    let is_compressible = is_compressible(answer.status(), answer.headers());
    let Some(wanted) = wanted else {
        if is_compressible {
            vary(answer.headers_mut());
        }
        return Ok(answer);
    };
    if is_compressible && is_worth_it(answer.response().body().size()) {
        // Says so in `Vary` and `Content-Encoding`.
        let (request, response) = answer.into_parts();
        let response = response.map_body(|head, body| Encoder::response(wanted, head, body));
        answer = ServiceResponse::new(request, response.map_into_boxed_body());
    }
    mark(&mut answer, held);
    Ok(answer)
}

/// The one of these encodings that a client likes best, if it names any.
pub(crate) fn wanted(headers: &HeaderMap, ours: &[Encoding]) -> Option<ContentEncoding> {
    let accepted = from_comma_delimited(headers.get_all(header::ACCEPT_ENCODING)).ok()?;
    match AcceptEncoding(accepted).negotiate(ours.iter())? {
        Encoding::Known(ContentEncoding::Identity) | Encoding::Unknown(_) => None,
        Encoding::Known(encoding) => Some(encoding),
    }
}

fn is_worth_it(size: BodySize) -> bool {
    match size {
        BodySize::None => false,
        BodySize::Sized(bytes) => bytes >= WORTH_IT_BYTES,
        BodySize::Stream => true,
    }
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

/// The mark in the tags that a client sends back, if any.
fn held(headers: &HeaderMap) -> Option<&'static str> {
    let tags = headers.get(header::IF_NONE_MATCH)?.to_str().ok()?;
    let is_in = |mark: &&str| tags.contains(&format!("{mark}\""));
    MARKS.into_iter().find(is_in)
}

/// Takes our marks from the tags that a client sends back, for the service that gave them.
pub(crate) fn unmark(headers: &mut HeaderMap) {
    for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
        unmark_one(headers, name);
    }
}

fn unmark_one(headers: &mut HeaderMap, name: HeaderName) -> Option<()> {
    let text = headers.get(&name)?.to_str().ok()?;
    let plain = MARKS.iter().fold(text.to_owned(), |text, mark| {
        text.replace(&format!("{mark}\""), "\"")
    });
    headers.insert(name, HeaderValue::from_str(&plain).ok()?);
    Some(())
}

/// Gives what is sent a tag of its own: the compressed answer, or the one that the client still
/// holds.
fn mark(answer: &mut ServiceResponse, held: Option<&'static str>) {
    let encoding = answer.headers().get(header::CONTENT_ENCODING);
    let mark = match encoding.map(HeaderValue::as_bytes) {
        Some(b"br") => Some("-br"),
        Some(b"gzip") => Some("-gzip"),
        _ if answer.status() == StatusCode::NOT_MODIFIED => held,
        _ => None,
    };
    let tag = answer.headers().get(header::ETAG);
    let tag = tag.and_then(|tag| tag.to_str().ok()?.strip_suffix('"'));
    if let (Some(mark), Some(tag)) = (mark, tag)
        && let Ok(value) = HeaderValue::from_str(&format!("{tag}{mark}\""))
    {
        answer.headers_mut().insert(header::ETAG, value);
    }
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
            assert_eq!(headers.get(header::IF_MATCH).unwrap(), expected);
        }
    }
}
