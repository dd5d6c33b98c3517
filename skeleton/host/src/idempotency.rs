//! Creations that may be sent twice: the `Idempotency-Key` header and what identifies the request.
//!
//! The key and its answer are stored by the owning service, in the transaction of the creation.

use crate::http::{Argument, HeaderMap, Method};
use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use sha2::{Digest, Sha256};
use std::future::{Ready, ready};

/// The header's name.
pub const HEADER: &str = "idempotency-key";
const MAX_LENGTH: usize = 255;

/// The optional key of a creation: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// The key, when one was sent.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<S> Argument<S> for IdempotencyKey {
    const REFUSES: &'static [u16] = &[400, 409, 422];
    const READS: Option<(&'static str, &'static str)> = Some((
        "Idempotency-Key",
        "1 to 255 visible ASCII characters; the same request under the same key is done once and \
         answered alike, another request under it is refused with 422",
    ));
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.headers()))
    }
}

impl IdempotencyKey {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = headers.get(HEADER) else {
            return Ok(Self(None));
        };
        let bytes = value.as_bytes();
        if (1..=MAX_LENGTH).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic) {
            return Ok(Self(value.to_str().ok().map(str::to_owned)));
        }
        Err(Problem::malformed(
            "expected an idempotency-key of 1 to 255 visible ASCII characters",
        ))
    }
}

/// What is answered to a key that came before with another request.
#[must_use]
pub fn used_for_another_request() -> Problem {
    Problem::field(
        "/Idempotency-Key",
        "expected a new key: this one was used for another request",
    )
}

/// Identifies a request by method, path and body: the same key with another fingerprint is a
/// conflict, not a repetition. Each part's length is hashed too, so parts cannot run together.
pub fn fingerprint(method: &Method, path: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [method.as_str().as_bytes(), path.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}
