//! The operator of this machine: whoever can read the token, in the data folder or among the
//! settings of this process, already owns everything behind it, and may act for any account without
//! a password.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What the operator's tokens begin with, so that none is ever taken for a session's.
const PREFIX: &str = "operator-";

/// The token of one run of the program, or of all replicas.
#[derive(Clone)]
pub struct Operator {
    token: Arc<SecretString>,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Operator(secret)")
    }
}

impl Operator {
    /// A new random token.
    #[must_use]
    pub fn generate() -> Self {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let random: [u8; 32] = rand::random();
        Self::from_secret(&SecretString::from(URL_SAFE_NO_PAD.encode(random)))
    }

    /// The token that is `operator-` and the secret, at least 32 characters of it; the secret may
    /// have the prefix already.
    #[must_use]
    pub fn from_secret(secret: &SecretString) -> Self {
        let secret = secret.expose_secret();
        let secret = secret.strip_prefix(PREFIX).unwrap_or(secret);
        Self {
            token: Arc::new(SecretString::from(format!("{PREFIX}{secret}"))),
        }
    }

    /// The token, to be written where only the owner reads.
    #[must_use]
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    /// Whether a bearer token is meant as an operator's.
    #[must_use]
    pub fn is_meant(token: &SecretString) -> bool {
        token.expose_secret().starts_with(PREFIX)
    }

    /// Whether a token is the operator's.
    #[must_use]
    pub fn accepts(&self, token: &SecretString) -> bool {
        same(token, &self.token)
    }
}

/// Compared as hashes: how long it takes tells nothing of the token.
fn same(a: &SecretString, b: &SecretString) -> bool {
    let hash = |text: &SecretString| Sha256::digest(text.expose_secret().as_bytes());
    hash(a) == hash(b)
}
