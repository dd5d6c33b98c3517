//! Texts that people type, parsed into types: inside, invalid ones cannot exist.

use jiff::tz::TimeZone;
use kith_shared::keys::normalise_email;

/// Longest name of a person or a circle, in characters.
pub const NAME_LIMIT: usize = 100;
/// Shortest password, in characters.
pub const PASSWORD_MIN: usize = 10;
/// Longest password, in characters.
pub const PASSWORD_MAX: usize = 256;

/// What was expected instead; shown to whoever typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unacceptable(pub String);

/// A normalised e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl Email {
    /// Parses and normalises.
    ///
    /// # Errors
    /// When the text cannot be an e-mail address.
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        normalise_email(text).map(Self).ok_or_else(|| {
            Unacceptable("expected an e-mail address such as ada@example.com".into())
        })
    }

    /// As the store kept it.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name: 1 to [`NAME_LIMIT`] characters, trimmed, without control characters.
///
/// # Errors
/// When it is empty, too long, or holds control characters.
pub fn name(text: &str) -> Result<String, Unacceptable> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NAME_LIMIT || text.chars().any(char::is_control) {
        return Err(Unacceptable(format!(
            "expected 1 to {NAME_LIMIT} characters, none of them a control character"
        )));
    }
    Ok(text.to_owned())
}

/// The IANA name of a time zone, in its canonical spelling.
///
/// # Errors
/// When the time zone database does not know it.
pub fn time_zone(text: &str) -> Result<String, Unacceptable> {
    TimeZone::get(text.trim())
        .ok()
        .and_then(|zone| zone.iana_name().map(str::to_owned))
        .ok_or_else(|| Unacceptable("expected an IANA time zone such as Europe/Berlin".into()))
}

/// An ISO 3166 country code, upper case.
///
/// # Errors
/// When it is not two letters.
pub fn region(text: &str) -> Result<String, Unacceptable> {
    let code = text.trim().to_ascii_uppercase();
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err(Unacceptable(
            "expected a country code of two letters such as DE".into(),
        ))
    }
}

/// Checks a new password: long enough, not too long to hash, not the e-mail address itself.
///
/// # Errors
/// Which of these it is not.
pub fn password(text: &str, email: &str) -> Result<(), Unacceptable> {
    let length = text.chars().count();
    if !(PASSWORD_MIN..=PASSWORD_MAX).contains(&length) {
        return Err(Unacceptable(format!(
            "expected {PASSWORD_MIN} to {PASSWORD_MAX} characters"
        )));
    }
    if text.trim().to_lowercase() == email.trim().to_lowercase() {
        return Err(Unacceptable(
            "expected something other than the e-mail address".into(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_enough_and_not_the_address() {
        assert!(password("correct horse", "ada@example.com").is_ok());
        assert!(password("123456789", "ada@example.com").is_err());
        assert!(password(&"ä".repeat(10), "ada@example.com").is_ok());
        assert!(password(&"a".repeat(257), "ada@example.com").is_err());
        assert!(password("Ada@Example.com", "ada@example.com").is_err());
    }

    #[test]
    fn a_time_zone_is_one_that_the_database_knows() {
        assert_eq!(time_zone("europe/berlin").as_deref(), Ok("Europe/Berlin"));
        assert_eq!(time_zone("UTC").as_deref(), Ok("UTC"));
        for text in ["", "Mars/Base", "../../etc/passwd", "+02:00"] {
            assert!(time_zone(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_has_something_to_show() {
        assert_eq!(name("  Ada ").as_deref(), Ok("Ada"));
        assert!(name(" ").is_err());
        assert!(name("a\nb").is_err());
        assert!(name(&"a".repeat(101)).is_err());
    }

    #[test]
    fn a_region_is_two_letters() {
        assert_eq!(region("de").as_deref(), Ok("DE"));
        assert!(region("DEU").is_err());
        assert!(region("1a").is_err());
    }
}
