//! What is kept of an account: its owner's addresses.

use std::collections::BTreeSet;

use kith_shared::keys::KeyHash;
use serde::{Deserialize, Serialize};
use skeleton_durable::stored::Stored;

/// The owner's e-mail addresses, normalised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::adapters::store) struct StoredEmails(BTreeSet<String>);

impl Stored for StoredEmails {
    const TABLE: &'static str = "account";
    const COLUMN: &'static str = "emails";
}

impl From<&BTreeSet<String>> for StoredEmails {
    fn from(emails: &BTreeSet<String>) -> Self {
        Self(emails.clone())
    }
}

impl From<StoredEmails> for BTreeSet<String> {
    fn from(stored: StoredEmails) -> Self {
        stored.0
    }
}

/// Hashes of all addresses that are the owner's, hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::adapters::store) struct StoredKeyHashes(BTreeSet<String>);

impl Stored for StoredKeyHashes {
    const TABLE: &'static str = "account";
    const COLUMN: &'static str = "keys";
}

impl From<&BTreeSet<KeyHash>> for StoredKeyHashes {
    fn from(keys: &BTreeSet<KeyHash>) -> Self {
        Self(keys.iter().map(|key| key.0.clone()).collect())
    }
}

impl From<StoredKeyHashes> for BTreeSet<KeyHash> {
    fn from(stored: StoredKeyHashes) -> Self {
        stored.0.into_iter().map(KeyHash).collect()
    }
}
