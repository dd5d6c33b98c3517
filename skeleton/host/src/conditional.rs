//! Edits that do not overwrite what somebody else changed: `ETag` and `If-Match` over versions.

use crate::http::{Argument, HeaderMap, HeaderValue, IntoResponseParts, Response, header};
use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use std::future::{Ready, ready};

/// The version of what is answered; put it beside the body: `(ETag(7), Json(body))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ETag(pub i64);

impl IntoResponseParts for ETag {
    fn add_to(self, response: &mut Response) {
        let value = HeaderValue::from_str(&format!("\"{}\"", self.0))
            .expect("digits and quotes are a valid header");
        response.headers_mut().insert(header::ETAG, value);
    }
}

/// What the caller believes the version to be: `If-Match: "7"`. Absent and `*` match any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IfMatch(Option<Vec<i64>>);

impl IfMatch {
    /// Fails with 412 unless `current` is what the caller saw.
    ///
    /// # Errors
    /// [`Problem::version_mismatch`].
    pub fn check(&self, current: i64) -> Result<(), Problem> {
        match &self.0 {
            Some(versions) if !versions.contains(&current) => {
                Err(Problem::version_mismatch(current))
            }
            _ => Ok(()),
        }
    }

    /// The version the caller saw, when exactly one is named: the expected version of a write.
    pub fn version(&self) -> Option<i64> {
        self.0.as_deref().and_then(|versions| match versions {
            [only] => Some(*only),
            _ => None,
        })
    }
}

impl<S> Argument<S> for IfMatch {
    const REFUSES: &'static [u16] = &[400, 412];
    const READS: Option<(&'static str, &'static str)> = Some((
        "If-Match",
        "the ETag of what was read: 412 when it was changed since",
    ));
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.headers()))
    }
}

impl IfMatch {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = headers.get(header::IF_MATCH) else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let versions: Option<Vec<i64>> = text.split(',').map(version).collect();
        match versions {
            Some(versions) => Ok(Self(Some(versions))),
            None => Err(Problem::malformed(
                "expected an if-match header such as \"7\" or *",
            )),
        }
    }
}

fn version(tag: &str) -> Option<i64> {
    tag.trim()
        .strip_prefix('"')?
        .strip_suffix('"')?
        .parse()
        .ok()
}
