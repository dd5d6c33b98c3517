//! I prove an address with the code that was sent to it.

use kith_shared::ids::{AccountId, AddressId};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::App;
use crate::{
    domain::{
        account::Account,
        address::{Address, NotVerified},
        secret::Secret,
    },
    ports::Write,
};

/// Why an address was not proven.
#[derive(Debug, thiserror::Error)]
pub enum VerifyAddressError {
    /// The account, or its address, is not there.
    #[error("no such address")]
    Unknown,
    /// The code is wrong, too old, or was guessed at too often.
    #[error("{0}")]
    BadCode(String),
    /// Another account has proven it.
    #[error("another account has proven this address")]
    Taken,
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// Proves an address with the code that was sent to it.
    ///
    /// # Errors
    /// See [`VerifyAddressError`]; wrong codes are counted.
    pub async fn verify_address(
        &self,
        id: AccountId,
        address_id: AddressId,
        code: &Secret,
    ) -> Result<Address, VerifyAddressError> {
        let hash = code.hash(address_id.0.as_bytes());
        decide(async || {
            let account = self.load(id).await?.ok_or(VerifyAddressError::Unknown)?;
            let expected = account.version;
            let key = account
                .address(address_id)
                .ok_or(VerifyAddressError::Unknown)?
                .key
                .clone();
            let verdict = account
                .clone()
                .verify(address_id, &hash, self.now())
                .ok_or(VerifyAddressError::Unknown)?;
            let account = match verdict {
                Ok(account) => account,
                Err(NotVerified::NoCode) => {
                    return Err(VerifyAddressError::BadCode(NotVerified::NoCode.to_string()));
                }
                Err(wrong @ NotVerified::Wrong(_)) => {
                    let text = wrong.to_string();
                    let counted = self.count_wrong_code(account, wrong).await;
                    return Ok(counted.map(|()| Err(VerifyAddressError::BadCode(text))));
                }
            };
            if self
                .store
                .owner(&key)
                .await?
                .is_some_and(|owner| owner != id)
            {
                return Err(VerifyAddressError::Taken);
            }
            let address = account
                .address(address_id)
                .cloned()
                .ok_or(VerifyAddressError::Unknown)?;
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
}
