//! My addresses: claim one, prove it with the code that was sent to it, give it up.

use std::time::Duration;

use kith_shared::{
    ids::{AccountId, AddressId},
    keys::{KeyKind, StrongKey},
};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};
use skeleton_service::once::Keep;

use super::{App, fresh};
use crate::{
    domain::{
        account::{Account, NotAdded, NotRemoved},
        address::{Address, Challenge, NotVerified, Standing},
        secret::Secret,
    },
    ports::Write,
};

/// Why an address stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The account, or its address, is not there.
    #[error("no such address")]
    Unknown,
    /// See [`NotAdded`].
    #[error(transparent)]
    NotAdded(#[from] NotAdded),
    /// The account signs in with it, so it cannot go.
    #[error("the account signs in with this address")]
    SignsIn,
    /// The code is wrong, too old, or was guessed at too often.
    #[error("{0}")]
    BadCode(String),
    /// Another account has proven it.
    #[error("another account has proven this address")]
    Taken,
    /// It is proven, or of a kind to which no code can be sent.
    #[error("no code can be sent to this address")]
    NothingToSend,
    /// A code was sent a moment ago.
    #[error("a code was sent a moment ago")]
    TooEarly(Duration),
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// Claims an address. A code is sent to an e-mail address.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub async fn add_address(
        &self,
        id: AccountId,
        key: StrongKey,
        keep: Keep<Address>,
    ) -> Result<Address, AddressError> {
        decide(async || {
            let account = self.load(id).await?.ok_or(AddressError::Unknown)?;
            let (now, expected, address_id) = (self.now(), account.version, AddressId::generate());
            let mut change = ChangeSet::new();
            let challenge = if key.kind == KeyKind::Email {
                let code = fresh::verification_code();
                let letter = self.letters.verification(id, &key.value, &code, now);
                change = change.write(Write::QueueMail(letter));
                Some(Challenge::sent(code.hash(address_id.0.as_bytes()), now))
            } else {
                None
            };
            let address = Address::claim(address_id, key.clone(), challenge, now);
            let account = account.claim(address.clone())?;
            let change = self
                .save_within(change, account, expected)
                .answer(keep(&address));
            Ok(self.commit(change).await.map(|()| address))
        })
        .await
    }

    /// Proves an address with the code that was sent to it.
    ///
    /// # Errors
    /// See [`AddressError`]; wrong codes are counted.
    pub async fn verify_address(
        &self,
        id: AccountId,
        address_id: AddressId,
        code: &Secret,
    ) -> Result<Address, AddressError> {
        let hash = code.hash(address_id.0.as_bytes());
        decide(async || {
            let account = self.load(id).await?.ok_or(AddressError::Unknown)?;
            let expected = account.version;
            let key = account
                .address(address_id)
                .ok_or(AddressError::Unknown)?
                .key
                .clone();
            let verdict = account
                .clone()
                .verify(address_id, &hash, self.now())
                .ok_or(AddressError::Unknown)?;
            let account = match verdict {
                Ok(account) => account,
                Err(NotVerified::NoCode) => {
                    return Err(AddressError::BadCode(NotVerified::NoCode.to_string()));
                }
                Err(wrong @ NotVerified::Wrong(_)) => {
                    let text = wrong.to_string();
                    let counted = self.count_wrong_code(account, wrong).await;
                    return Ok(counted.map(|()| Err(AddressError::BadCode(text))));
                }
            };
            if self
                .store
                .owner(&key)
                .await?
                .is_some_and(|owner| owner != id)
            {
                return Err(AddressError::Taken);
            }
            let address = account
                .address(address_id)
                .cloned()
                .ok_or(AddressError::Unknown)?;
            let change = self.save_within(ChangeSet::new(), account, expected);
            let change = self
                .readdress_within(change, id, &[key.value], None)
                .await?;
            Ok(self.commit(change).await.map(|()| Ok(address)))
        })
        .await
        .flatten()
    }

    /// The version rises, so that of many guesses at once each is counted; nobody else is told.
    async fn count_wrong_code(
        &self,
        account: Account,
        wrong: NotVerified,
    ) -> Result<(), CommitError> {
        let NotVerified::Wrong(address) = wrong else {
            return Ok(());
        };
        let expected = account.version;
        let account = Account {
            version: expected + 1,
            ..account.with_address(*address)
        };
        self.commit(ChangeSet::new().write(Write::SaveAccount(Box::new(account), expected)))
            .await
    }

    /// Sends a new code to an e-mail address that is not proven; the old one is no good any more.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub async fn send_verification(
        &self,
        id: AccountId,
        address_id: AddressId,
    ) -> Result<(), AddressError> {
        decide(async || {
            let account = self.load(id).await?.ok_or(AddressError::Unknown)?;
            let address = account
                .address(address_id)
                .cloned()
                .ok_or(AddressError::Unknown)?;
            if address.is_verified() || address.key.kind != KeyKind::Email {
                return Err(AddressError::NothingToSend);
            }
            let now = self.now();
            if let Some(wait) = address.resend_wait(now) {
                return Err(AddressError::TooEarly(wait.try_into().unwrap_or_default()));
            }
            let code = fresh::verification_code();
            let letter = self
                .letters
                .verification(id, &address.key.value, &code, now);
            let challenge = Challenge::sent(code.hash(address_id.0.as_bytes()), now);
            let address = Address {
                standing: Standing::Claimed(Some(challenge)),
                ..address
            };
            let expected = account.version;
            let account = Account {
                version: expected + 1,
                ..account.with_address(address)
            };
            let change = ChangeSet::new()
                .write(Write::SaveAccount(Box::new(account), expected))
                .write(Write::QueueMail(letter));
            Ok(self.commit(change).await)
        })
        .await
    }

    /// Gives an address up.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub async fn remove_address(
        &self,
        id: AccountId,
        address_id: AddressId,
    ) -> Result<(), AddressError> {
        decide(async || {
            let account = self.load(id).await?.ok_or(AddressError::Unknown)?;
            let expected = account.version;
            let account = account.remove(address_id).map_err(|error| match error {
                NotRemoved::Unknown => AddressError::Unknown,
                NotRemoved::SignsIn => AddressError::SignsIn,
            })?;
            let change = self.save_within(ChangeSet::new(), account, expected);
            Ok(self.commit(change).await)
        })
        .await
    }

    /// Adds an account and the event that tells of it to a change.
    pub(super) fn save_within(
        &self,
        change: ChangeSet<Write>,
        account: Account,
        expected: i64,
    ) -> ChangeSet<Write> {
        let event = account.changed(&self.key_hasher);
        change
            .write(Write::SaveAccount(Box::new(account), expected))
            .event(&event, self.now(), &Self::cause())
    }
}
