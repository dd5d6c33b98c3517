//! Whose token is this? Asked at users, and remembered for moments where nothing is changed.
//!
//! A remembered answer is never used for a change, so that whoever was signed out a moment ago
//! changes nothing. Every replica hears when something became of an account, and asks anew.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use kith_shared::events::users::{AccountChanged, ErasureRequested};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use skeleton_durable::{
    bus::{Tap, Tapped},
    clock::{self, Clock},
};
use skeleton_host::auth::Caller;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::ports::{CheckError, SessionCheck};

/// How long an answer may be used for reading.
pub const FRESH_FOR: Duration = Duration::from_secs(5);
/// Sessions remembered at most.
const CAPACITY: usize = 20_000;
/// Longer texts are no tokens.
const TOKEN_LIMIT_BYTES: usize = 512;

type Key = [u8; 32];

struct Known {
    caller: Caller,
    until: Timestamp,
}

/// Why there is no caller.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The token opens nothing, or nothing any more.
    #[error("the session has ended or never was")]
    Ended,
    /// It was not found out.
    #[error(transparent)]
    Check(#[from] CheckError),
}

/// Finds out whose session a token opens, and remembers it for [`FRESH_FOR`].
pub struct Sessions {
    check: Arc<dyn SessionCheck>,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<Key, Known>>,
}

impl Sessions {
    /// Remembers what `check` says.
    pub fn new(check: Arc<dyn SessionCheck>, clock: Arc<dyn Clock>) -> Self {
        Self {
            check,
            clock,
            known: Mutex::default(),
        }
    }

    /// The caller for a request that only reads.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub async fn reader(&self, token: &SecretString) -> Result<Caller, SessionError> {
        let key = key(token);
        if let Some(known) = self.lock().get(&key)
            && self.clock.now() < known.until
        {
            return Ok(known.caller.clone());
        }
        self.ask(key, token).await
    }

    /// The caller for a request that changes something: asked anew.
    ///
    /// # Errors
    /// Like [`Sessions::reader`].
    pub async fn writer(&self, token: &SecretString) -> Result<Caller, SessionError> {
        self.ask(key(token), token).await
    }

    /// Forgets every session of an account: one may have ended.
    pub fn forget(&self, account: Uuid) {
        self.lock()
            .retain(|_, known| known.caller.account != account);
    }

    /// Forgets the sessions of accounts that something became of, until `stop`; all of them after a
    /// gap, since nobody knows whose changed.
    pub async fn follow(self: Arc<Self>, mut tap: Tap, stop: CancellationToken) {
        while let Some(Some(tapped)) = stop.run_until_cancelled(tap.next()).await {
            match tapped {
                Tapped::Missed => self.lock().clear(),
                Tapped::Event(event)
                    if event.is::<AccountChanged>() || event.is::<ErasureRequested>() =>
                {
                    event.account.into_iter().for_each(|id| self.forget(id));
                }
                Tapped::Event(_) => {}
            }
        }
    }

    async fn ask(&self, key: Key, token: &SecretString) -> Result<Caller, SessionError> {
        if token.expose_secret().len() > TOKEN_LIMIT_BYTES {
            return Err(SessionError::Ended);
        }
        // Counted from before the question, so that no answer is used longer than it may be.
        let until = clock::after(self.clock.now(), FRESH_FOR);
        let Some(caller) = self.check.check(token).await? else {
            self.lock().remove(&key);
            return Err(SessionError::Ended);
        };
        let mut known = self.lock();
        if known.len() >= CAPACITY {
            let now = self.clock.now();
            known.retain(|_, entry| now < entry.until);
        }
        if known.len() < CAPACITY {
            known.insert(
                key,
                Known {
                    caller: caller.clone(),
                    until,
                },
            );
        }
        Ok(caller)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tokens are not kept, only what tells them apart.
fn key(token: &SecretString) -> Key {
    Sha256::digest(token.expose_secret().as_bytes()).into()
}
