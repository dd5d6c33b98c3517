//! I claim an address.

use kith_shared::{
    ids::{AccountId, AddressId},
    keys::{KeyKind, StrongKey},
};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};
use skeleton_service::once::Keep;

use super::{App, fresh};
use crate::{
    domain::{
        account::NotAdded,
        address::{Address, Challenge},
    },
    ports::Write,
};

/// Why an address was not claimed.
#[derive(Debug, thiserror::Error)]
pub enum AddAddressError {
    /// The account, or its address, is not there.
    #[error("no such address")]
    Unknown,
    /// See [`NotAdded`].
    #[error(transparent)]
    NotAdded(#[from] NotAdded),
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// Claims an address. A code is sent to an e-mail address.
    ///
    /// # Errors
    /// See [`AddAddressError`].
    pub async fn add_address(
        &self,
        id: AccountId,
        key: StrongKey,
        keep: Keep<Address>,
    ) -> Result<Address, AddAddressError> {
        decide(async || {
            let account = self.load(id).await?.ok_or(AddAddressError::Unknown)?;
            let (now, expected, address_id) =
                (self.now(), account.version, AddressId((self.new_id)()));
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
}
