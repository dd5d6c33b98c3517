//! An account: who signs in, and the addresses that are its own.

use jiff::Timestamp;
use kith_shared::{
    events::users::{AccountAddress, AccountChanged, ErasureRequested},
    ids::{AccountId, AddressId},
    keys::{KeyHasher, KeyKind, StrongKey},
};

use super::{
    address::{Address, NotVerified},
    secret::SecretHash,
    text::Email,
};

/// Most addresses of one account.
pub const ADDRESS_LIMIT: usize = 20;

/// Someone who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// Rises with every change.
    pub version: i64,
    /// Where it signs in and where mail goes.
    pub email: Email,
    /// How it calls itself.
    pub display_name: String,
    pub time_zone: String,
    /// ISO 3166 code for telephone numbers without a country code.
    pub region: Option<String>,
    /// When it signed up.
    pub created_at: Timestamp,
    /// Its addresses, oldest first.
    pub addresses: Vec<Address>,
}

/// What of an account is to be another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The new name.
    pub display_name: Option<String>,
    /// The new time zone.
    pub time_zone: Option<String>,
    /// The new region; `Some(None)` removes it.
    pub region: Option<Option<String>>,
}

/// Why an address was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdded {
    /// It is there.
    #[error("the account has this address already")]
    Present,
    /// There are too many.
    #[error("an account has at most {ADDRESS_LIMIT} addresses")]
    TooMany,
}

/// Why an address was not removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRemoved {
    /// The account has no such address.
    #[error("no such address")]
    Unknown,
    /// The account signs in with it.
    #[error("the account signs in with this address")]
    SignsIn,
}

impl Account {
    /// A new account whose first address is the one it signs in with.
    #[must_use]
    pub fn sign_up(
        id: AccountId,
        email: Email,
        display_name: String,
        time_zone: String,
        first: Address,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            version: 1,
            email,
            display_name,
            time_zone,
            region: None,
            created_at: now,
            addresses: vec![first],
        }
    }

    /// The account after an edit.
    #[must_use]
    pub fn edit(self, edit: Edit) -> Self {
        Self {
            display_name: edit.display_name.unwrap_or(self.display_name),
            time_zone: edit.time_zone.unwrap_or(self.time_zone),
            region: edit.region.unwrap_or(self.region),
            version: self.version + 1,
            ..self
        }
    }

    /// One of its addresses.
    #[must_use]
    pub fn address(&self, id: AddressId) -> Option<&Address> {
        self.addresses.iter().find(|address| address.id == id)
    }

    /// The account with one more address.
    ///
    /// # Errors
    /// When it has it already, or too many.
    pub fn claim(mut self, address: Address) -> Result<Self, NotAdded> {
        if self.addresses.iter().any(|known| known.key == address.key) {
            return Err(NotAdded::Present);
        }
        if self.addresses.len() >= ADDRESS_LIMIT {
            return Err(NotAdded::TooMany);
        }
        self.addresses.push(address);
        self.version += 1;
        Ok(self)
    }

    /// The account without an address.
    ///
    /// # Errors
    /// When it has no such address, or signs in with it.
    pub fn remove(mut self, id: AddressId) -> Result<Self, NotRemoved> {
        let address = self.address(id).ok_or(NotRemoved::Unknown)?;
        if address.is_email(self.email.as_str()) {
            return Err(NotRemoved::SignsIn);
        }
        self.addresses.retain(|address| address.id != id);
        self.version += 1;
        Ok(self)
    }

    /// The account with an address put in the place of the one with its id. Nothing is to be told
    /// of it to others: version and event stay.
    #[must_use]
    pub fn with_address(mut self, changed: Address) -> Self {
        for address in &mut self.addresses {
            if address.id == changed.id {
                *address = changed;
                break;
            }
        }
        self
    }

    /// Verifies one of its addresses. `None` where it has no such address.
    ///
    /// # Errors
    /// [`NotVerified::Wrong`] holds the address that counts the attempt.
    pub fn verify(
        self,
        id: AddressId,
        code: &SecretHash,
        now: Timestamp,
    ) -> Option<Result<Self, NotVerified>> {
        let address = self.address(id)?.clone();
        Some(address.verify(code, now).map(|verified| {
            let version = self.version + 1;
            Self {
                version,
                ..self.with_address(verified)
            }
        }))
    }

    /// The account having proven an e-mail address by other means: its own, or a further one.
    ///
    /// # Errors
    /// [`NotAdded::TooMany`].
    pub fn prove(self, email: &Email, new_id: AddressId, now: Timestamp) -> Result<Self, NotAdded> {
        let known = self
            .addresses
            .iter()
            .find(|address| address.is_email(email.as_str()))
            .cloned();
        match known {
            Some(address) if address.is_verified() => Ok(self),
            Some(address) => {
                let version = self.version + 1;
                Ok(Self {
                    version,
                    ..self.with_address(address.proven(now))
                })
            }
            None => {
                let key = StrongKey {
                    kind: KeyKind::Email,
                    value: email.as_str().to_owned(),
                };
                self.claim(Address::claim(new_id, key, None, now).proven(now))
            }
        }
    }

    /// Its verified e-mail addresses.
    pub fn verified_emails(&self) -> impl Iterator<Item = &str> {
        self.addresses
            .iter()
            .filter(|address| address.is_verified() && address.key.kind == KeyKind::Email)
            .map(|address| address.key.value.as_str())
    }

    /// What the other services are told.
    #[must_use]
    pub fn changed(&self, hasher: &KeyHasher) -> AccountChanged {
        AccountChanged {
            account_id: self.id,
            version: self.version,
            display_name: self.display_name.clone(),
            email: self.email.as_str().to_owned(),
            time_zone: self.time_zone.clone(),
            region: self.region.clone(),
            addresses: self
                .addresses
                .iter()
                .map(|address| AccountAddress {
                    key: hasher.hash(&address.key),
                    email: (address.key.kind == KeyKind::Email).then(|| address.key.value.clone()),
                    verified: address.is_verified(),
                })
                .collect(),
        }
    }

    /// What the other services are told at its end.
    #[must_use]
    pub fn erased(&self) -> ErasureRequested {
        ErasureRequested {
            account_id: self.id,
            version: self.version + 1,
        }
    }
}
