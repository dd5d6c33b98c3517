//! I give an address up.

use kith_shared::ids::{AccountId, AddressId};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::App;
use crate::domain::account::NotRemoved;

/// Why an address was not given up.
#[derive(Debug, thiserror::Error)]
pub enum RemoveAddressError {
    /// The account, or its address, is not there.
    #[error("no such address")]
    Unknown,
    /// The account signs in with it, so it cannot go.
    #[error("the account signs in with this address")]
    SignsIn,
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// Gives an address up.
    ///
    /// # Errors
    /// See [`RemoveAddressError`].
    pub async fn remove_address(
        &self,
        id: AccountId,
        address_id: AddressId,
    ) -> Result<(), RemoveAddressError> {
        decide(async || {
            let account = self.load(id).await?.ok_or(RemoveAddressError::Unknown)?;
            let expected = account.version;
            let account = account.remove(address_id).map_err(|error| match error {
                NotRemoved::Unknown => RemoveAddressError::Unknown,
                NotRemoved::SignsIn => RemoveAddressError::SignsIn,
            })?;
            let change = self.save_within(ChangeSet::new(), account, expected);
            Ok(self.commit(change).await)
        })
        .await
    }
}
