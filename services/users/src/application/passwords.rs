//! Passwords as Argon2id hashes. Few are hashed at once, so that sign-ins cannot exhaust memory;
//! an address that nobody has costs the same work as one that somebody has.

use std::{sync::Arc, time::Duration};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use skeleton_durable::commit::CommitError;

/// Memory of one hash in KiB, passes, lanes.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    nobodys: Arc<str>,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords")
    }
}

impl Passwords {
    /// With at most `at_once` hashes at a time.
    ///
    /// # Errors
    /// When a first hash cannot be made.
    pub async fn new(at_once: usize) -> anyhow::Result<Self> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
            .map_err(|error| anyhow::anyhow!("argon2 parameters: {error}"))?;
        let mut passwords = Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            turns: Arc::new(Semaphore::new(at_once.max(1))),
            nobodys: "".into(),
        };
        let nobodys = SecretString::from(super::fresh::token().expose().to_owned());
        passwords.nobodys = passwords.hash(nobodys).await?.into();
        Ok(passwords)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, CommitError> {
        match tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(CommitError::Unavailable(
                "too many sign-ins at once".to_owned(),
            )),
        }
    }

    /// The hash of a password in PHC form.
    ///
    /// # Errors
    /// When no turn comes up in time, or hashing fails.
    pub async fn hash(&self, password: SecretString) -> Result<String, CommitError> {
        let turn = self.turn().await?;
        let argon2 = self.argon2.clone();
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            argon2
                .hash_password(password.expose_secret().as_bytes())
                .map(|hash| hash.to_string())
        })
        .await
        .map_err(|error| CommitError::Internal(error.into()))?
        .map_err(|error| CommitError::Internal(anyhow::anyhow!("hashing failed: {error}")))
    }

    /// Whether the password is the one that was hashed. Without a hash, the same work and no.
    ///
    /// # Errors
    /// When no turn comes up in time, or the hash cannot be read.
    pub async fn matches(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool, CommitError> {
        let turn = self.turn().await?;
        let argon2 = self.argon2.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys.to_string());
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let parsed = PasswordHash::new(&hash).map_err(|error| {
                CommitError::Internal(anyhow::anyhow!("unreadable hash: {error}"))
            })?;
            let same = argon2
                .verify_password(password.expose_secret().as_bytes(), &parsed)
                .is_ok();
            Ok(same && known)
        })
        .await
        .map_err(|error| CommitError::Internal(error.into()))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_names_its_cost_and_matches_its_password_only() {
        let passwords = Passwords::new(2).await.unwrap();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            passwords
                .matches("correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .matches("battery staple".into(), Some(hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .matches("correct horse".into(), None)
                .await
                .unwrap()
        );
    }
}
