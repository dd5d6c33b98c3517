//! Sign in: an e-mail address and a password for a session's token.

use std::time::Duration;

use kith_shared::ids::SessionId;
use secrecy::SecretString;
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::{App, fresh};
use crate::{
    domain::{account::Account, back_off::TooEarly, secret::Secret, session::Session},
    ports::Write,
};

/// A new session. The token is shown this once.
#[derive(Debug)]
pub struct SignedIn {
    pub token: Secret,
    pub session: Session,
    /// Who signed in.
    pub account: Account,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Address or password is wrong; which of them is not said.
    #[error("the e-mail address or the password is wrong")]
    Refused,
    /// Too many attempts failed.
    #[error("too many failed attempts")]
    TooEarly(Duration),
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// Begins a session. `email` is as typed.
    ///
    /// # Errors
    /// See [`SignInError`]. It takes as long for an address that nobody has.
    pub async fn sign_in(
        &self,
        email: &str,
        password: SecretString,
        user_agent: Option<&str>,
    ) -> Result<SignedIn, SignInError> {
        let email = kith_shared::keys::normalise_email(email).ok_or(SignInError::Refused)?;
        let key = attempts_key(&email);
        self.reserve_attempt(&key).await?;
        let found = self.store.account_by_email(&email).await?;
        let (account, hash) = match found {
            Some((account, hash)) => (Some(account), hash),
            None => (None, None),
        };
        let matches = self.passwords.matches(password, hash).await?;
        let (true, Some(account)) = (matches, account) else {
            return Err(SignInError::Refused);
        };
        let token = fresh::token();
        let session = Session::begin(
            SessionId((self.new_id)()),
            account.id,
            fresh::token_hash(&token),
            user_agent,
            self.now(),
        );
        let change = ChangeSet::new()
            .write(Write::ForgetAttempts(key))
            .write(Write::InsertSession(session.clone()));
        match self.commit(change).await {
            // The account was erased a moment ago.
            Err(CommitError::Conflict(_)) => Err(SignInError::Refused),
            done => Ok(done.map(|()| SignedIn {
                token,
                session,
                account,
            })?),
        }
    }

    /// Counts an attempt as failed before it is looked at.
    pub(super) async fn reserve_attempt(&self, key: &str) -> Result<(), SignInError> {
        let counted = decide(async || {
            let before = self.store.attempts(key).await?.unwrap_or_default();
            let after = before.reserve(self.now()).map_err(|TooEarly { wait }| {
                SignInError::TooEarly(wait.try_into().unwrap_or_default())
            })?;
            let change =
                ChangeSet::new().write(Write::SaveAttempts(key.to_owned(), after, before.failures));
            Ok(self.commit(change).await)
        })
        .await;
        match counted {
            Err(SignInError::Internal(CommitError::Conflict(_))) => {
                Err(SignInError::TooEarly(Duration::from_secs(1)))
            }
            counted => counted,
        }
    }
}

/// Under which failures for an address are counted.
pub(super) fn attempts_key(email: &str) -> String {
    Secret::new(email).hash(b"sign-in").0
}
