//! What the gateway asks other services itself, as itself.

use secrecy::{ExposeSecret, SecretString};
use skeleton_host::http::HeaderValue;

pub(crate) mod users;

/// The header value for a token.
pub(crate) fn bearer(token: &SecretString) -> HeaderValue {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .expect("a signed token is visible ASCII");
    value.set_sensitive(true);
    value
}
