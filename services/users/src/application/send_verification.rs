//! I want a new code for an address.

use std::time::Duration;

use kith_shared::{
    ids::{AccountId, AddressId},
    keys::KeyKind,
};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::{App, fresh};
use crate::{
    domain::{
        account::Account,
        address::{Address, Challenge, Standing},
    },
    ports::Write,
};

/// Why no code was sent.
#[derive(Debug, thiserror::Error)]
pub enum SendVerificationError {
    /// The account, or its address, is not there.
    #[error("no such address")]
    Unknown,
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
    /// Sends a new code to an e-mail address that is not proven; the old one is no good any more.
    ///
    /// # Errors
    /// See [`SendVerificationError`].
    pub async fn send_verification(
        &self,
        id: AccountId,
        address_id: AddressId,
    ) -> Result<(), SendVerificationError> {
        decide(async || {
            let account = self.load(id).await?.ok_or(SendVerificationError::Unknown)?;
            let address = account
                .address(address_id)
                .cloned()
                .ok_or(SendVerificationError::Unknown)?;
            if address.is_verified() || address.key.kind != KeyKind::Email {
                return Err(SendVerificationError::NothingToSend);
            }
            let now = self.now();
            if let Some(wait) = address.resend_wait(now) {
                return Err(SendVerificationError::TooEarly(
                    wait.try_into().unwrap_or_default(),
                ));
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
}
