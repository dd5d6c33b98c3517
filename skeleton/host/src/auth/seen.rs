//! Tokens that were found valid a moment ago. Checking a signature takes longer than all else that
//! is done for a small request, and a caller that asks much comes with the same token again.

use super::token::{Claims, LEEWAY, unix_seconds};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// More than this are not remembered: then all are forgotten.
const MOST: usize = 4_096;

/// Valid tokens by their whole text, signature included, until they expire.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<String, Claims>>);

impl Seen {
    pub(super) fn find(&self, token: &str) -> Option<Claims> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens
            .get(token)
            .filter(|claims| unix_seconds() <= claims.exp + LEEWAY.as_secs())
            .cloned()
    }

    pub(super) fn remember(&self, token: &str, claims: &Claims) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST {
            tokens.clear();
        }
        tokens.insert(token.to_owned(), claims.clone());
    }

    /// Forgets all, since the keys changed.
    pub(super) fn forget(&self) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn claims(expired_for: u64) -> Claims {
        Claims {
            aud: "users".to_owned(),
            sub: Uuid::nil(),
            sid: Uuid::nil(),
            scopes: Vec::new(),
            iat: 0,
            exp: unix_seconds() - expired_for,
            seal: None,
        }
    }

    #[test]
    fn a_token_is_known_until_it_expires_and_no_longer() {
        let seen = Seen::default();
        seen.remember("within the leeway", &claims(LEEWAY.as_secs() - 2));
        seen.remember("expired", &claims(LEEWAY.as_secs() + 1));
        assert!(seen.find("within the leeway").is_some());
        assert!(seen.find("expired").is_none());
        assert!(seen.find("never seen").is_none());
    }

    #[test]
    fn no_more_than_a_bounded_number_is_remembered() {
        let seen = Seen::default();
        for number in 0..=MOST {
            seen.remember(&number.to_string(), &claims(0));
        }
        assert!(seen.find("0").is_none());
        assert!(seen.find(&MOST.to_string()).is_some());
    }
}
