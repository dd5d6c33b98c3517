//! Sign up: a new account whose first address is the one it signs in with.

use kith_shared::ids::{AccountId, AddressId};
use secrecy::SecretString;
use skeleton_durable::commit::{ChangeSet, CommitError};
use skeleton_service::once::Keep;

use super::{App, announce::email_key, fresh};
use crate::{
    domain::{
        account::Account,
        address::{Address, Challenge},
        text::Email,
    },
    ports::Write,
};

/// A checked wish for an account.
#[derive(Debug)]
pub struct SignUp {
    /// Where it will sign in.
    pub email: Email,
    /// The password, already found acceptable.
    pub password: SecretString,
    pub display_name: String,
    /// Its time zone.
    pub time_zone: String,
}

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// Another account signs in with the address or has proven it.
    #[error("an account with this e-mail address exists")]
    Taken,
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// Makes an account. Its address is unproven and a code is sent to it, unless the gateway says
    /// that it is proven, or the operator trusts all sign-ups.
    ///
    /// # Errors
    /// See [`SignUpError`].
    pub async fn sign_up(
        &self,
        wish: SignUp,
        is_proven: bool,
        keep: Keep<Account>,
    ) -> Result<Account, SignUpError> {
        let key = email_key(&wish.email);
        if self.store.owner(&key).await?.is_some() {
            return Err(SignUpError::Taken);
        }
        let password = self.passwords.hash(wish.password).await?;
        let now = self.now();
        let (id, address_id) = (AccountId((self.new_id)()), AddressId((self.new_id)()));
        let mut change = ChangeSet::new();
        let first = if is_proven || self.trust_sign_up_addresses {
            Address::claim(address_id, key, None, now).proven(now)
        } else {
            let code = fresh::verification_code();
            let letter = self
                .letters
                .verification(id, wish.email.as_str(), &code, now);
            change.writes.push(Write::QueueMail(letter));
            let challenge = Challenge::sent(code.hash(address_id.0.as_bytes()), now);
            Address::claim(address_id, key, Some(challenge), now)
        };
        let account = Account::sign_up(
            id,
            wish.email,
            wish.display_name,
            wish.time_zone,
            first,
            now,
        );
        change.writes.insert(
            0,
            Write::InsertAccount(Box::new(account.clone()), Some(password)),
        );
        let change = change
            .event(&account.changed(&self.key_hasher), now, &Self::cause())
            .answer(keep(&account));
        let proven: Vec<String> = account.verified_emails().map(str::to_owned).collect();
        let change = self.readdress_within(change, id, &proven, None).await?;
        match self.commit(change).await {
            Ok(()) => Ok(account),
            // All ids are new: either the address was taken meanwhile, or an invitation to it was
            // answered or taken back, which is worth another try by the caller.
            Err(error @ CommitError::Conflict(_)) => {
                let taken = self.store.account_by_email(account.email.as_str()).await;
                match taken? {
                    Some(_) => Err(SignUpError::Taken),
                    None => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }
}
