//! Erase my account: what this service holds goes at once, and the others are asked to do the
//! same. The fictional accounts that were made for it go with it.

use std::collections::BTreeMap;

use kith_shared::ids::{AccountId, CircleId};
use secrecy::SecretString;
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::{
    App,
    circles::CIRCLES_LIMIT,
    sign_in::{SignInError, attempts_key},
};
use crate::{
    domain::{account::Account, circle::Circle},
    ports::Write,
};

/// Why an account was not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// It is not there.
    #[error("no such account")]
    Unknown,
    /// The password is wrong.
    #[error("the password is wrong")]
    Refused,
    /// Too many attempts failed.
    #[error("too many failed attempts")]
    TooEarly(std::time::Duration),
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl From<SignInError> for EraseError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Refused => Self::Refused,
            SignInError::TooEarly(wait) => Self::TooEarly(wait),
            SignInError::Internal(error) => Self::Internal(error),
        }
    }
}

impl App {
    /// Erases an account whose holder knows its password.
    ///
    /// # Errors
    /// See [`EraseError`].
    pub async fn erase_account(
        &self,
        id: AccountId,
        password: SecretString,
    ) -> Result<(), EraseError> {
        let account = self.load(id).await?.ok_or(EraseError::Unknown)?;
        let key = attempts_key(account.email.as_str());
        self.reserve_attempt(&key).await?;
        let hash = self.store.password(id).await?;
        if !self.passwords.matches(password, hash).await? {
            return Err(EraseError::Refused);
        }
        decide(async || {
            let leaving = self.with_personas(id).await?;
            if !leaving.iter().any(|account| account.id == id) {
                return Err(EraseError::Unknown);
            }
            let change = ChangeSet::new().write(Write::ForgetAttempts(key.clone()));
            let change = self.erase_within(change, leaving).await?;
            Ok(self.commit(change).await)
        })
        .await
    }

    /// The account and the fictional ones that were made for it.
    async fn with_personas(&self, id: AccountId) -> Result<Vec<Account>, CommitError> {
        let sample = self.store.sample(id).await?;
        let personas = sample.into_iter().flat_map(|sample| sample.personas);
        let mut accounts = Vec::new();
        for id in std::iter::once(id).chain(personas.map(|persona| persona.account_id)) {
            accounts.extend(self.load(id).await?);
        }
        Ok(accounts)
    }

    async fn erase_within(
        &self,
        mut change: ChangeSet<Write>,
        leaving: Vec<Account>,
    ) -> Result<ChangeSet<Write>, CommitError> {
        let ids: Vec<AccountId> = leaving.iter().map(|account| account.id).collect();
        let mut circles: BTreeMap<CircleId, Circle> = BTreeMap::new();
        for id in &ids {
            let found = self.store.circles_of(*id, None, CIRCLES_LIMIT).await?;
            circles.extend(found.into_iter().map(|circle| (circle.id, circle)));
        }
        for circle in circles.into_values() {
            change = self.leave_within(change, circle, &ids).await?;
        }
        for account in leaving {
            let (event, expected) = (account.erased(), account.version);
            change = change
                .write(Write::DeleteAccount(Box::new(account), expected))
                .event(&event, self.now(), &Self::cause());
        }
        Ok(change)
    }
}
