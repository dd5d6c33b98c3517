//! The owner of a book, as far as ingest must know: which addresses are their own.

use std::collections::BTreeSet;

use kith_shared::{
    ids::AccountId,
    keys::{KeyHash, KeyHasher, normalise_email},
};

use super::key::Key;

/// An account as users published it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// Version of the event that said so; 0 for what was learned otherwise.
    pub version: i64,
    /// ISO 3166 code for telephone numbers without a country code.
    pub region: Option<String>,
    /// Normalised e-mail addresses that are the owner's, claimed or proven.
    pub emails: BTreeSet<String>,
    /// Hashes of all addresses that are the owner's, telephone numbers and profiles included.
    pub keys: BTreeSet<KeyHash>,
}

impl Account {
    /// An account of which nothing is known but its addresses.
    #[must_use]
    pub fn with_emails<'a>(id: AccountId, emails: impl IntoIterator<Item = &'a str>) -> Self {
        let emails = emails.into_iter().filter_map(normalise_email).collect();
        Self {
            id,
            version: 0,
            region: None,
            emails,
            keys: BTreeSet::new(),
        }
    }

    /// Whether an address is one of "my addresses".
    #[must_use]
    pub fn owns(&self, key: &Key, hasher: &KeyHasher) -> bool {
        if let Some(email) = key.email() {
            return self.emails.contains(email);
        }
        !self.keys.is_empty()
            && key
                .strong()
                .is_some_and(|strong| self.keys.contains(&hasher.hash(&strong)))
    }
}
