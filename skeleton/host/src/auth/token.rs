//! The verifying side, and the caller that a valid token names.

use super::{PublicKey, recent::Recent};
use crate::http::{Argument, HeaderMap, header};
use crate::pages::SealKey;
use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::future::{Ready, ready};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// How long a service token lives.
pub const LIFETIME: Duration = Duration::from_secs(60);
/// How long a token is given again to the same caller for the same service: whoever gets it has as
/// long to use it.
pub(super) const REUSED_FOR: Duration = Duration::from_secs(30);
/// How far two machines' clocks may differ.
pub const LEEWAY: Duration = Duration::from_secs(5);
/// More keys than this are never in use at once.
const MAX_KEYS: usize = 16;
/// How long a token of an unknown key waits for newer keys: longer than the pause between fetches.
const NEWER_KEYS_TIMEOUT: Duration = Duration::from_secs(2);

/// Who is asking. Taking it as an argument makes a handler refuse strangers with 401.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The account on whose behalf.
    pub account: Uuid,
    /// The session it signed in with.
    pub session: Uuid,
    /// What the session may do beyond its own account's affairs.
    pub scopes: Vec<String>,
}

impl<S> Argument<S> for Caller {
    const REFUSES: &'static [u16] = &[401];
}

impl Caller {
    /// Whether the token carries `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    /// # Errors
    /// 403 when the token does not carry `scope`.
    pub fn require_scope(&self, scope: &str) -> Result<(), Problem> {
        if self.has_scope(scope) {
            Ok(())
        } else {
            Err(Problem::forbidden(format!("this needs the scope {scope}")))
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) aud: String,
    pub(super) sub: Uuid,
    pub(super) sid: Uuid,
    pub(super) scopes: Vec<String>,
    pub(super) iat: u64,
    pub(super) exp: u64,
    /// Seals the caller's cursors at this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seal: Option<SealKey>,
}

impl Claims {
    fn seal_key(&self) -> SealKey {
        self.seal.clone().unwrap_or_else(SealKey::of_this_process)
    }

    fn into_caller(self) -> Caller {
        Caller {
            account: self.sub,
            session: self.sid,
            scopes: self.scopes,
        }
    }
}

/// Token times are the wall clock's, whatever a test's clock says: they never reach the domain.
pub(super) fn unix_seconds() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

/// Checks tokens meant for one service. Clones share their keys.
#[derive(Clone)]
pub struct TokenVerifier {
    audience: Arc<str>,
    known: Arc<Known>,
}

/// The keys, and how to get newer ones.
#[derive(Default)]
struct Known {
    keys: RwLock<HashMap<String, DecodingKey>>,
    /// Valid tokens by their whole text, signature included, until they expire.
    seen: Recent<String, Claims>,
    /// Whether somebody brings newer keys when they are wanted.
    is_followed: AtomicBool,
    wanted: Notify,
    /// Counts how often the keys were replaced.
    replaced: watch::Sender<u64>,
}

impl std::fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenVerifier({})", self.audience)
    }
}

impl TokenVerifier {
    /// Accepts tokens for the service `audience` that any of `keys` signed.
    pub fn new(audience: &str, keys: &[PublicKey]) -> Self {
        let verifier = Self {
            audience: audience.into(),
            known: Arc::default(),
        };
        verifier.replace_keys(keys);
        verifier
    }

    /// Knows these keys from now on and no others. A key that is not Ed25519 is logged and left out.
    pub fn replace_keys(&self, keys: &[PublicKey]) {
        let mut known = HashMap::new();
        for key in keys.iter().take(MAX_KEYS) {
            match DecodingKey::from_ed_components(&key.x) {
                Ok(decoding) if is_ed25519(key) => {
                    known.insert(key.kid.clone(), decoding);
                }
                _ => tracing::warn!(kid = key.kid, "left out a public key that is not Ed25519"),
            }
        }
        let mut keys = self
            .known
            .keys
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *keys = known;
        // While nobody can be verifying by the keys before.
        self.known.seen.forget();
        drop(keys);
        self.known.replaced.send_modify(|times| *times += 1);
    }

    /// From now on somebody brings newer keys when a token names an unknown one.
    pub(super) fn expect_newer_keys(&self) {
        self.known.is_followed.store(true, Ordering::Release);
    }

    /// Completes when a token named an unknown key.
    pub(super) async fn newer_keys_are_wanted(&self) {
        self.known.wanted.notified().await;
    }

    /// Who asks, by the headers, and what seals its cursors; for a token of
    /// an unknown key it waits a moment for newer keys.
    pub(super) async fn identify(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<(Caller, SealKey)>, Problem> {
        let outcome = self.read_headers(headers);
        if outcome.is_ok() || !self.names_an_unknown_key(headers) {
            return outcome;
        }
        let mut replaced = self.known.replaced.subscribe();
        self.known.wanted.notify_one();
        match tokio::time::timeout(NEWER_KEYS_TIMEOUT, replaced.changed()).await {
            Ok(_) => self.read_headers(headers),
            Err(_) => outcome,
        }
    }

    fn names_an_unknown_key(&self, headers: &HeaderMap) -> bool {
        if !self.known.is_followed.load(Ordering::Acquire) {
            return false;
        }
        let kid = bearer(headers)
            .and_then(|token| jsonwebtoken::decode_header(token).ok())
            .and_then(|header| header.kid);
        kid.is_some_and(|kid| !self.keys().contains_key(&kid))
    }

    fn keys(&self) -> RwLockReadGuard<'_, HashMap<String, DecodingKey>> {
        self.known
            .keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Who the token names.
    ///
    /// # Errors
    /// 401 for a token that is broken, of an unknown key, for another service, or expired.
    pub fn verify(&self, token: &str) -> Result<Caller, Problem> {
        self.read(token).map(|(caller, _)| caller)
    }

    fn read(&self, token: &str) -> Result<(Caller, SealKey), Problem> {
        let claims = self
            .claims(token)
            .ok_or_else(|| Problem::unauthenticated("the service token is not valid"))?;
        let key = claims.seal_key();
        Ok((claims.into_caller(), key))
    }

    fn claims(&self, token: &str) -> Option<Claims> {
        if let Some(claims) = self.known.seen.find(token) {
            return Some(claims);
        }
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[&*self.audience]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        validation.leeway = LEEWAY.as_secs();
        let keys = self.keys();
        let decoded = jsonwebtoken::decode::<Claims>(token, keys.get(&kid)?, &validation);
        let claims = decoded.ok()?.claims;
        let bounded = claims.exp.saturating_sub(claims.iat) <= LIFETIME.as_secs()
            && claims.iat <= unix_seconds() + LEEWAY.as_secs();
        if bounded {
            let until = claims.exp + LEEWAY.as_secs();
            self.known
                .seen
                .remember(token.to_owned(), claims.clone(), until);
        }
        bounded.then_some(claims)
    }

    /// Who the `Authorization: Bearer` header names, and what seals its cursors; `None` without
    /// such a header.
    fn read_headers(&self, headers: &HeaderMap) -> Result<Option<(Caller, SealKey)>, Problem> {
        if !headers.contains_key(header::AUTHORIZATION) {
            return Ok(None);
        }
        let token = bearer(headers)
            .ok_or_else(|| Problem::unauthenticated("expected authorization: Bearer <token>"))?;
        self.read(token).map(Some)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

fn is_ed25519(key: &PublicKey) -> bool {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&key.x);
    key.kty == "OKP"
        && key.crv == "Ed25519"
        && bytes.is_ok_and(|bytes| {
            <[u8; 32]>::try_from(bytes)
                .is_ok_and(|bytes| ed25519_dalek::VerifyingKey::from_bytes(&bytes).is_ok())
        })
}

/// Among a request's extensions once [`super::RequireCaller`] has let it in.
pub(super) struct Admitted;

/// The caller that [`super::RequireCaller`] found, if it found one.
fn find(request: &HttpRequest) -> Result<Option<Caller>, Problem> {
    let extensions = request.extensions();
    let caller = extensions.get::<Caller>().cloned();
    if caller.is_none() && !extensions.contains::<Admitted>() {
        tracing::error!("a handler takes a caller, but its route is not guarded");
        return Err(Problem::internal_unlogged());
    }
    Ok(caller)
}

/// What seals the cursors of whoever sent the request.
pub(crate) fn seal_key(request: &HttpRequest) -> SealKey {
    let extensions = request.extensions();
    let key = extensions.get::<SealKey>().cloned();
    key.unwrap_or_else(SealKey::of_this_process)
}

/// Taken as an `Option` it is none for a stranger; a token that is not valid does not come so far,
/// [`super::RequireCaller`] refuses it.
impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(find(request).and_then(|found| {
            found.ok_or_else(|| Problem::unauthenticated("a service token is needed"))
        }))
    }
}
