//! Tokens and codes: what the holder gets once, and the hash that is kept of it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Letters and digits that are not mistaken for each other when read aloud or typed.
pub const CODE_ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Length of a verification code, in characters.
pub const CODE_LENGTH: usize = 8;

/// A secret as its holder gets it, once. Never shown by `Debug`.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// From its text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text, to be sent to its holder.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it. `salt` ties it to what it is for, so that a hash copied to another row
    /// opens nothing there.
    #[must_use]
    pub fn hash(&self, salt: &[u8]) -> SecretHash {
        let mut hash = Sha256::new();
        hash.update((salt.len() as u64).to_be_bytes());
        hash.update(salt);
        hash.update(self.expose().as_bytes());
        SecretHash(hex::encode(hash.finalize()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// SHA-256 of a secret, hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(pub String);

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(hidden)")
    }
}

/// A verification code as typed: blanks and dashes do not matter, nor does the case.
#[must_use]
pub fn typed_code(text: &str) -> Secret {
    let kept: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .take(64)
        .collect();
    Secret::new(kept.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_a_secret_nor_its_hash() {
        let secret = Secret::new("swordfish");
        let hash = secret.hash(b"salt");
        let shown = format!("{secret:?} {hash:?}");
        assert!(
            !shown.contains("swordfish") && !shown.contains(&hash.0),
            "{shown}"
        );
    }

    #[test]
    fn a_hash_opens_only_what_it_was_made_for() {
        let secret = Secret::new("swordfish");
        assert_eq!(secret.hash(b"a"), secret.hash(b"a"));
        assert_ne!(secret.hash(b"a"), secret.hash(b"b"));
    }

    #[test]
    fn a_code_may_be_typed_with_blanks_and_in_lower_case() {
        assert_eq!(typed_code(" abcd-23 45 ").expose(), "ABCD2345");
    }
}
