//! The signing side: the current key, the one before, and what verifiers need of both.

use super::recent::Recent;
use super::token::{Caller, Claims, LIFETIME, REUSED_FOR, unix_seconds};
use crate::http::HeaderValue;
use crate::pages::SealKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::{PoisonError, RwLock};

/// What comes before the token in a header.
const BEARER: &str = "Bearer ";

/// A public key as a JSON Web Key (RFC 8037). A list of them is what verifiers load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Names the key: the start of its SHA-256.
    pub kid: String,
    /// The 32 bytes, base64url.
    pub x: String,
}

struct Key {
    kid: String,
    public: PublicKey,
    encoding: EncodingKey,
    /// What cursors are sealed by: as secret and as lasting as the key itself, and another.
    cursors: [u8; 32],
}

impl Key {
    fn new(seed: &[u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(seed);
        let public = signing.verifying_key().to_bytes();
        let kid = hex::encode(&Sha256::digest(public)[..8]);
        let der = signing
            .to_pkcs8_der()
            .expect("an Ed25519 key always has a PKCS#8 form");
        Self {
            public: PublicKey {
                kty: "OKP".to_owned(),
                crv: "Ed25519".to_owned(),
                kid: kid.clone(),
                x: URL_SAFE_NO_PAD.encode(public),
            },
            kid,
            encoding: EncodingKey::from_ed_der(der.as_bytes()),
            cursors: Sha256::new_with_prefix(b"cursors")
                .chain_update(seed)
                .finalize()
                .into(),
        }
    }
}

struct Keys {
    current: Key,
    previous: Option<Key>,
}

/// Signs service tokens. Replicas of a gateway share a seed; one process makes its own key.
pub struct TokenSigner {
    keys: RwLock<Keys>,
    /// Headers with tokens of the current key, by whom they name and to whom.
    given: Recent<(Caller, String), HeaderValue>,
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids: Vec<String> = self.public_keys().into_iter().map(|key| key.kid).collect();
        write!(f, "TokenSigner({})", kids.join(", "))
    }
}

impl TokenSigner {
    /// A new random key.
    pub fn generate() -> Self {
        Self::from_keys(Key::new(&rand::random()), None)
    }

    /// Keys derived from secrets of at least 32 characters: the same secret gives the same key.
    /// Tokens of the previous secret stay valid while it is listed.
    pub fn from_secrets(current: &SecretString, previous: Option<&SecretString>) -> Self {
        let key = |secret: &SecretString| {
            Key::new(&Sha256::digest(secret.expose_secret().as_bytes()).into())
        };
        Self::from_keys(key(current), previous.map(key))
    }

    fn from_keys(current: Key, previous: Option<Key>) -> Self {
        Self {
            keys: RwLock::new(Keys { current, previous }),
            given: Recent::default(),
        }
    }

    /// Makes a new random key current. The one before is still published, the one before that is not.
    pub fn rotate(&self) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let retired = std::mem::replace(&mut keys.current, Key::new(&rand::random()));
        keys.previous = Some(retired);
        // While nobody can be signing by the key before.
        self.given.forget();
    }

    /// What verifiers must know, current key first.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        std::iter::once(&keys.current)
            .chain(&keys.previous)
            .map(|key| key.public.clone())
            .collect()
    }

    /// A token by which the service `audience` knows the caller, valid for half a minute at least
    /// and for a minute at most.
    pub fn sign(&self, caller: &Caller, audience: &str) -> SecretString {
        let header = self.authorization(caller, audience);
        let token = header.to_str().ok().and_then(|it| it.strip_prefix(BEARER));
        SecretString::from(token.unwrap_or_default())
    }

    /// The header `Authorization` with a token, see [`TokenSigner::sign`].
    pub fn authorization(&self, caller: &Caller, audience: &str) -> HeaderValue {
        let whom = (caller.clone(), audience.to_owned());
        if let Some(header) = self.given.find(&whom) {
            return header;
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(keys.current.kid.clone());
        let now = unix_seconds();
        let claims = Claims {
            aud: audience.to_owned(),
            sub: caller.account,
            sid: caller.session,
            scopes: caller.scopes.clone(),
            iat: now,
            exp: now + LIFETIME.as_secs(),
            seal: Some(SealKey::derive(
                &keys.current.cursors,
                audience,
                caller.account,
            )),
        };
        let token = jsonwebtoken::encode(&header, &claims, &keys.current.encoding)
            .expect("an Ed25519 key signs anything that serialises");
        let mut value = HeaderValue::try_from(format!("{BEARER}{token}"))
            .expect("a signed token is visible ASCII");
        value.set_sensitive(true);
        let until = now + REUSED_FOR.as_secs();
        self.given.remember(whom, value.clone(), until);
        value
    }
}
