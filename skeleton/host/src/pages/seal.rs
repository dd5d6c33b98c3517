//! Cursors are sealed: what a list gives out it knows again, and what anybody else made up it does
//! not take. Without that a caller could begin a page at any place it likes and learn from the
//! answer where somebody stands of whom it must not know.
//!
//! A cursor is base64url of a code (HMAC-SHA-256, 16 bytes) and JSON. The code is of the list, that
//! is path and query without `cursor` and `limit`, and made with a key of one account at one
//! service. The gateway derives that key from the secret that its replicas share and sends it along
//! in the service token: it is the same for all replicas and after every restart, no service has to
//! keep it, and none has the key of another. When the secret is replaced, cursors end: the list is
//! then begun again.

use super::MAX_CURSOR_LENGTH;
use crate::auth;
use actix_web::HttpRequest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use std::sync::LazyLock;
use url::form_urlencoded;
use uuid::Uuid;

/// Bytes of the code: as hard to guess as a random id.
const CODE_LENGTH: usize = 16;

/// Seals the cursors of one account at one service.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct SealKey([u8; 32]);

impl From<SealKey> for String {
    fn from(key: SealKey) -> Self {
        URL_SAFE_NO_PAD.encode(key.0)
    }
}

impl TryFrom<String> for SealKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let key = bytes.and_then(|bytes| bytes.try_into().ok());
        key.map(Self).ok_or("expected 32 bytes as base64url")
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(secret)")
    }
}

impl SealKey {
    /// From a secret that the replicas of a gateway share.
    pub(crate) fn derive(secret: &[u8; 32], audience: &str, account: Uuid) -> Self {
        let mut mac = mac(secret);
        mac.update(b"cursors of ");
        mac.update(account.as_bytes());
        mac.update(audience.as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// For tokens that bring none: of a gateway of the version before, while it is being replaced.
    /// Cursors then hold at the replica that gave them out; others refuse them.
    pub(crate) fn of_this_process() -> Self {
        static KEY: LazyLock<[u8; 32]> = LazyLock::new(rand::random);
        Self(*KEY)
    }
}

fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

/// Seals the cursors of one list.
#[derive(Clone)]
pub(super) struct Seal(Hmac<Sha256>);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(secret)")
    }
}

impl Seal {
    /// Of the list that a request asks for, as its caller sees it.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let query = request.query_string();
        let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name != "cursor" && name != "limit")
            .collect();
        pairs.sort();
        let list = form_urlencoded::Serializer::new(format!("{}?", request.uri().path()))
            .extend_pairs(pairs)
            .finish();
        let mut mac = mac(&auth::seal_key(request).0);
        mac.update(&(list.len() as u64).to_be_bytes());
        mac.update(list.as_bytes());
        Self(mac)
    }

    pub(super) fn close<C: Serialize>(&self, cursor: &C) -> String {
        let json = serde_json::to_vec(cursor).expect("a cursor is plain data with string keys");
        let code = self.0.clone().chain_update(&json).finalize().into_bytes();
        let mut sealed = code[..CODE_LENGTH].to_vec();
        sealed.extend(json);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// What was sealed; nothing for whatever this list did not give out.
    pub(super) fn open<C: DeserializeOwned>(&self, text: &str) -> Option<C> {
        if text.len() > MAX_CURSOR_LENGTH {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (code, json) = sealed.split_at_checked(CODE_LENGTH)?;
        let mac = self.0.clone().chain_update(json);
        mac.verify_truncated_left(code).ok()?;
        serde_json::from_slice(json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    fn seal(list: &str) -> Seal {
        let request = TestRequest::with_uri(list).to_http_request();
        Seal::of(&request)
    }

    proptest! {
        #[test]
        fn a_cursor_gives_back_what_was_put_in(number: i64, text: String, flag: Option<bool>) {
            let sealed = seal("/things?q=a").close(&(number, &text, flag));
            prop_assume!(sealed.len() <= MAX_CURSOR_LENGTH);
            let opened = seal("/things?q=a&limit=3").open(&sealed);
            prop_assert_eq!(opened, Some((number, text, flag)));
            let elsewhere = seal("/things?q=b").open::<(i64, String, Option<bool>)>(&sealed);
            prop_assert_eq!(elsewhere, None);
        }
    }
}
