//! Strong keys: what identifies a human across sources and books — an e-mail address, a telephone
//! number in E.164, a canonical profile URL. Names never do.
//!
//! Within its own service a key is in the clear ([`StrongKey`]); between services it travels only
//! as a hash under the instance's secret ([`KeyHash`]), so that a leaked projection names nobody.

mod mailboxes;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::Url;

pub use self::mailboxes::{is_shared_mailbox, mailbox, normalise_email};

/// Longest address, number or URL that is looked at, in bytes.
pub const KEY_LIMIT_BYTES: usize = 320;

/// The kind of a strong key.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// An e-mail address, lower case.
    Email,
    /// A telephone number in E.164.
    Phone,
    /// The canonical URL of a profile.
    Profile,
}

/// A normalised strong key, in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StrongKey {
    /// What kind it is.
    pub kind: KeyKind,
    /// The normalised value.
    pub value: String,
}

impl StrongKey {
    /// Normalises an e-mail address. `None` where it is none, or one that many people share
    /// (`noreply@…`, `info@…`), which must not merge anybody.
    #[must_use]
    pub fn email(text: &str) -> Option<Self> {
        let value = normalise_email(text)?;
        let local = value.split('@').next().unwrap_or_default();
        (!is_shared_mailbox(local)).then_some(Self {
            kind: KeyKind::Email,
            value,
        })
    }

    /// Normalises a telephone number to E.164, an extension behind it as `;ext=12`; `region` (ISO 3166, `DE`) is used for numbers
    /// written without a country code. `None` where it is not a possible number.
    #[must_use]
    pub fn phone(text: &str, region: Option<&str>) -> Option<Self> {
        if text.len() > KEY_LIMIT_BYTES {
            return None;
        }
        let text = text.trim().trim_start_matches("tel:");
        let country = region.and_then(|code| code.to_ascii_uppercase().parse().ok());
        let number = phonenumber::parse(country, text).ok()?;
        let extension = number.extension().map(ToString::to_string);
        phonenumber::is_valid(&number).then(|| {
            let mut value = number.format().mode(phonenumber::Mode::E164).to_string();
            // The extension is whose number it is; the number before it is a house's.
            if let Some(extension) = extension.filter(|it| !it.is_empty()) {
                value.truncate(value.find(';').unwrap_or(value.len()));
                value.push_str(";ext=");
                value.push_str(&extension);
            }
            Self {
                kind: KeyKind::Phone,
                value,
            }
        })
    }

    /// Canonical form of a profile URL of a known network (LinkedIn, GitHub, X, Facebook,
    /// Instagram, Xing, Mastodon-style `/@name`). `None` for any other page: homepages are shared.
    #[must_use]
    pub fn profile(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > KEY_LIMIT_BYTES {
            return None;
        }
        let url = Url::parse(text)
            .or_else(|_| Url::parse(&format!("https://{text}")))
            .ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = url
            .host_str()?
            .trim_start_matches("www.")
            .to_ascii_lowercase();
        let path: Vec<&str> = url
            .path()
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        let handle = |name: &str| name.trim_start_matches('@').to_lowercase();
        let value = match (host.as_str(), path.as_slice()) {
            (h, ["in", name, ..]) if h == "linkedin.com" || h.ends_with(".linkedin.com") => {
                format!("linkedin.com/in/{}", handle(name))
            }
            ("github.com", [name]) => format!("github.com/{}", handle(name)),
            ("twitter.com" | "x.com" | "mobile.twitter.com", [name]) => {
                format!("x.com/{}", handle(name))
            }
            ("facebook.com" | "m.facebook.com", [name]) if *name != "profile.php" => {
                format!("facebook.com/{}", handle(name))
            }
            ("instagram.com", [name]) => format!("instagram.com/{}", handle(name)),
            ("xing.com", ["profile", name, ..]) => format!("xing.com/profile/{}", handle(name)),
            (h, [name]) if name.starts_with('@') && name.len() > 1 => {
                format!("{h}/@{}", handle(name))
            }
            _ => return None,
        };
        Some(Self {
            kind: KeyKind::Profile,
            value,
        })
    }
}

/// A strong key as other services see it: HMAC-SHA-256 under the instance's secret, hexadecimal.
/// The kind is part of what is hashed.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct KeyHash(pub String);

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hashes strong keys. One secret serves an instance: users and ingest must hold the same.
#[derive(Clone)]
pub struct KeyHasher {
    mac: Hmac<Sha256>,
    secret: SecretString,
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHasher(secret)")
    }
}

impl KeyHasher {
    /// With the instance's secret, at least 32 bytes of randomness.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self {
            mac: Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"),
            secret: SecretString::from(String::from_utf8_lossy(secret).into_owned()),
        }
    }

    /// The instance's secret, for a backup: without it, what was hashed matches nothing.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// The hash of a key.
    #[must_use]
    pub fn hash(&self, key: &StrongKey) -> KeyHash {
        let mut mac = self.mac.clone();
        mac.update(match key.kind {
            KeyKind::Email => b"email:",
            KeyKind::Phone => b"phone:",
            KeyKind::Profile => b"profile:",
        });
        mac.update(key.value.as_bytes());
        KeyHash(hex::encode(&mac.finalize().into_bytes()[..16]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(key: Option<StrongKey>) -> Option<String> {
        key.map(|k| k.value)
    }

    #[test]
    fn two_spellings_of_one_mailbox_are_one_key() {
        for text in [
            "Ada@Example.com",
            " ada@example.com ",
            "mailto:ada@example.com",
            "<ADA@EXAMPLE.COM>",
        ] {
            assert_eq!(
                value(StrongKey::email(text)).as_deref(),
                Some("ada@example.com"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_or_nobodys_own_is_no_key() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "a b@example.com",
            "info@example.com",
            "noreply-7@example.com",
            "a@b..com",
        ] {
            assert_eq!(value(StrongKey::email(text)), None, "{text}");
        }
    }

    #[test]
    fn the_list_of_shared_mailboxes_is_sorted_for_its_binary_search() {
        for name in [
            "abuse",
            "info",
            "team",
            "undisclosed-recipients",
            "webmaster",
            "do-not-reply",
        ] {
            assert!(is_shared_mailbox(name), "{name}");
        }
    }

    #[test]
    fn numbers_become_e164_with_the_help_of_a_region() {
        assert_eq!(
            value(StrongKey::phone("+49 30 901820", None)).as_deref(),
            Some("+4930901820")
        );
        assert_eq!(
            value(StrongKey::phone("030 901820", Some("de"))).as_deref(),
            Some("+4930901820")
        );
        assert_eq!(value(StrongKey::phone("030 901820", None)), None);
        assert_eq!(value(StrongKey::phone("call me", Some("DE"))), None);
    }

    #[test]
    fn profile_addresses_lose_what_does_not_identify() {
        for text in [
            "https://www.linkedin.com/in/Ada-Lovelace/",
            "http://de.linkedin.com/in/ada-lovelace?trk=x",
            "linkedin.com/in/ada-lovelace",
        ] {
            assert_eq!(
                value(StrongKey::profile(text)).as_deref(),
                Some("linkedin.com/in/ada-lovelace"),
                "{text}"
            );
        }
        assert_eq!(value(StrongKey::profile("https://example.com/ada")), None);
        assert_eq!(
            value(StrongKey::profile("https://twitter.com/Ada")).as_deref(),
            Some("x.com/ada")
        );
    }

    #[test]
    fn a_hash_depends_on_secret_kind_and_value() {
        let hasher = KeyHasher::new(b"one secret of thirty-two bytes!!");
        let email = StrongKey::email("ada@example.com").unwrap();
        let other = KeyHasher::new(b"another secret of thirty-two byt");
        assert_eq!(hasher.hash(&email), hasher.hash(&email));
        assert_ne!(hasher.hash(&email), other.hash(&email));
        let phone = StrongKey {
            kind: KeyKind::Phone,
            value: email.value.clone(),
        };
        assert_ne!(hasher.hash(&email), hasher.hash(&phone));
        assert!(!format!("{hasher:?}").contains("thirty"));
    }
}
