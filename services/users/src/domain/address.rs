//! "My addresses": claimed first, verified once a code that went there came back.

use jiff::{SignedDuration, Timestamp};
use kith_shared::{
    ids::AddressId,
    keys::{KeyKind, StrongKey},
};

use super::{
    secret::SecretHash,
    text::{Email, Unacceptable},
};

/// A code is good for this long.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// So many wrong codes, and a new one must be sent.
pub const CODE_ATTEMPTS: i64 = 5;
/// The next code is sent after this long at the earliest.
pub const RESEND_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// A code that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Hash of the code.
    pub code: SecretHash,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it stops being good.
    pub expires_at: Timestamp,
    /// Wrong codes so far.
    pub attempts: i64,
}

impl Challenge {
    /// A code sent now.
    #[must_use]
    pub fn sent(code: SecretHash, now: Timestamp) -> Self {
        let expires_at = now.saturating_add(CODE_LIFETIME).unwrap_or(Timestamp::MAX);
        Self {
            code,
            sent_at: now,
            expires_at,
            attempts: 0,
        }
    }
}

/// Where an address stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The account says that it is its own.
    Claimed(Option<Challenge>),
    /// The account has proven it.
    Verified(Timestamp),
}

/// One of an account's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub id: AddressId,
    /// What it is: kind and normalised value.
    pub key: StrongKey,
    /// When it was claimed.
    pub created_at: Timestamp,
    /// Whether it is proven.
    pub standing: Standing,
}

/// Why a code did not verify an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotVerified {
    /// It is the wrong one; the address remembers the attempt.
    #[error("this is not the code")]
    Wrong(Box<Address>),
    /// No good code is out: none was sent, it ran out, or it was mistyped too often.
    #[error("there is no valid code: ask for a new one")]
    NoCode,
}

impl Address {
    /// Parses a value of the given kind. `region` helps with telephone numbers.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(
        kind: KeyKind,
        value: &str,
        region: Option<&str>,
    ) -> Result<StrongKey, Unacceptable> {
        let expected = |what: &str| Unacceptable(what.to_owned());
        match kind {
            // Unlike contacts, an owner may have an address such as info@.
            KeyKind::Email => Email::parse(value).map(|email| StrongKey {
                kind,
                value: email.as_str().to_owned(),
            }),
            KeyKind::Phone => StrongKey::phone(value, region).ok_or_else(|| {
                expected("expected a telephone number with its country code such as +49 30 901820")
            }),
            KeyKind::Profile => StrongKey::profile(value).ok_or_else(|| {
                expected(
                    "expected the address of a profile such as https://www.linkedin.com/in/ada",
                )
            }),
        }
    }

    /// Claimed now, with the code that was sent to it, if one was.
    #[must_use]
    pub fn claim(
        id: AddressId,
        key: StrongKey,
        challenge: Option<Challenge>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            key,
            created_at: now,
            standing: Standing::Claimed(challenge),
        }
    }

    /// Whether it is proven.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        matches!(self.standing, Standing::Verified(_))
    }

    /// Whether it is this e-mail address.
    #[must_use]
    pub fn is_email(&self, email: &str) -> bool {
        self.key.kind == KeyKind::Email && self.key.value == email
    }

    /// Verifies it with a code. A verified address stays as it is.
    ///
    /// # Errors
    /// See [`NotVerified`]; the address that counts the attempt is in it and must be kept.
    pub fn verify(self, code: &SecretHash, now: Timestamp) -> Result<Self, NotVerified> {
        match self.standing {
            Standing::Verified(_) => Ok(self),
            Standing::Claimed(Some(challenge))
                if challenge.attempts < CODE_ATTEMPTS && now < challenge.expires_at =>
            {
                if challenge.code == *code {
                    return Ok(Self {
                        standing: Standing::Verified(now),
                        ..self
                    });
                }
                let attempts = challenge.attempts + 1;
                let standing = Standing::Claimed(Some(Challenge {
                    attempts,
                    ..challenge
                }));
                Err(NotVerified::Wrong(Box::new(Self { standing, ..self })))
            }
            Standing::Claimed(_) => Err(NotVerified::NoCode),
        }
    }

    /// Proven by other means: a code in an invitation, or an operator who trusts sign-ups.
    #[must_use]
    pub fn proven(self, now: Timestamp) -> Self {
        match self.standing {
            Standing::Verified(_) => self,
            Standing::Claimed(_) => Self {
                standing: Standing::Verified(now),
                ..self
            },
        }
    }

    /// How long until another code may be sent.
    #[must_use]
    pub fn resend_wait(&self, now: Timestamp) -> Option<SignedDuration> {
        let Standing::Claimed(Some(challenge)) = &self.standing else {
            return None;
        };
        let next = challenge
            .sent_at
            .saturating_add(RESEND_AFTER)
            .unwrap_or(Timestamp::MAX);
        let wait = next.duration_since(now);
        // Longer than it ever is, the code was sent while the clock was ahead.
        (wait.is_positive() && wait <= RESEND_AFTER).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn claimed() -> Address {
        let key = Address::parse(KeyKind::Email, "Ada@Example.com", None).unwrap();
        let challenge = Challenge::sent(Secret::new("RIGHT").hash(b""), at(0));
        Address::claim(AddressId::generate(), key, Some(challenge), at(0))
    }

    #[test]
    fn the_right_code_verifies() {
        let verified = claimed()
            .verify(&Secret::new("RIGHT").hash(b""), at(9))
            .unwrap();
        assert_eq!(verified.standing, Standing::Verified(at(9)));
    }

    #[test]
    fn after_too_many_wrong_codes_the_right_one_is_no_good() {
        let mut address = claimed();
        for _ in 0..CODE_ATTEMPTS {
            let Err(NotVerified::Wrong(after)) =
                address.verify(&Secret::new("WRONG").hash(b""), at(1))
            else {
                panic!("a wrong code must be counted");
            };
            address = *after;
        }
        assert_eq!(
            address.verify(&Secret::new("RIGHT").hash(b""), at(1)),
            Err(NotVerified::NoCode)
        );
    }

    #[test]
    fn a_code_runs_out() {
        let late = at(CODE_LIFETIME.as_secs());
        assert_eq!(
            claimed().verify(&Secret::new("RIGHT").hash(b""), late),
            Err(NotVerified::NoCode)
        );
    }

    #[test]
    fn codes_are_not_sent_in_a_hurry() {
        assert_eq!(
            claimed().resend_wait(at(10)),
            Some(SignedDuration::from_secs(50))
        );
        assert_eq!(claimed().resend_wait(at(60)), None);
    }

    #[test]
    fn an_owner_may_have_a_role_address_but_a_homepage_is_no_profile() {
        assert!(Address::parse(KeyKind::Email, "info@example.com", None).is_ok());
        assert!(Address::parse(KeyKind::Profile, "https://example.com/ada", None).is_err());
        let phone = Address::parse(KeyKind::Phone, "030 901820", Some("DE")).unwrap();
        assert_eq!(phone.value, "+4930901820");
    }
}
