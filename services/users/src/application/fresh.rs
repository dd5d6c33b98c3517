//! Fresh secrets: the one place that draws randomness.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngExt;

use crate::domain::secret::{CODE_ALPHABET, CODE_LENGTH, Secret, SecretHash};

/// A session token of 256 bits.
#[must_use]
pub fn token() -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}

/// The code of an invitation, 192 bits: it stands in a link, nobody types it.
#[must_use]
pub fn invitation_code() -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>()))
}

/// A verification code that people can type.
#[must_use]
pub fn verification_code() -> Secret {
    let mut rng = rand::rng();
    let code: String = (0..CODE_LENGTH)
        .map(|_| char::from(CODE_ALPHABET[rng.random_range(0..CODE_ALPHABET.len())]))
        .collect();
    Secret::new(code)
}

/// What is kept of a session token.
#[must_use]
pub fn token_hash(token: &Secret) -> SecretHash {
    token.hash(b"session")
}

/// What is kept of an invitation's code.
#[must_use]
pub fn invitation_hash(code: &Secret) -> SecretHash {
    code.hash(b"invitation")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_never_the_same() {
        assert_eq!(token().expose().len(), 43);
        assert_ne!(token().expose(), token().expose());
        let code = verification_code();
        assert_eq!(code.expose().len(), CODE_LENGTH);
        assert!(
            code.expose()
                .bytes()
                .all(|byte| CODE_ALPHABET.contains(&byte))
        );
    }
}
