//! Whether two stores hold the same: counts and digests of subjects, an account, an event type.
//!
//! A digest does not depend on order, so each store computes it in the order that suits it. Equal
//! digests mean equal sets of (subject, version); events on their way make them differ for a while.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::{Stream, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::commit::CommitError;

/// How many subjects, and which versions of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// How many subjects.
    pub count: u64,
    /// The sum of a hash of each subject and version, modulo 2^64.
    pub digest: u64,
}

impl Digest {
    /// Counts one subject in.
    pub fn add(&mut self, subject: &str, version: i64) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&version.to_be_bytes());
        hasher.update(subject.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        self.count += 1;
        self.digest = self.digest.wrapping_add(u64::from_be_bytes(first));
    }
}

/// Digests by account; the nil id stands for subjects that belong to no account.
pub type Digests = BTreeMap<Uuid, Digest>;

/// Adds up subjects as a store streams them: whose, which, in which version.
///
/// # Errors
/// The stream's.
pub async fn add_up<E>(
    subjects: impl Stream<Item = Result<(Uuid, String, i64), E>>,
) -> Result<Digests, E> {
    let mut subjects = std::pin::pin!(subjects);
    let mut digests = Digests::new();
    while let Some((account, subject, version)) = subjects.try_next().await? {
        digests.entry(account).or_default().add(&subject, version);
    }
    Ok(digests)
}

/// The same for subjects that are rows with an id and a version: accounts, or what is no account's.
///
/// # Errors
/// The stream's.
pub async fn add_up_rows<E>(
    rows: impl Stream<Item = Result<(Uuid, i64), E>>,
    are_accounts: bool,
) -> Result<Digests, E> {
    let owner = |id| if are_accounts { id } else { Uuid::nil() };
    add_up(rows.map_ok(|(id, version)| (owner(id), id.to_string(), version))).await
}

/// A store that holds subjects of event types: their publisher's, or a consumer's projection.
#[async_trait]
pub trait Holdings: Send + Sync {
    /// The event types whose subjects it holds, with their versions and owners.
    fn kinds(&self) -> &'static [&'static str];

    /// Of one of them: the subjects as [`crate::Event::subject`] spells them, with the versions
    /// held, tombstones included.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn digests(&self, kind: &str) -> Result<Digests, CommitError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subjects: &[(&str, i64)]) -> Digest {
        let mut digest = Digest::default();
        for (subject, version) in subjects {
            digest.add(subject, *version);
        }
        digest
    }

    #[test]
    fn order_does_not_matter_but_versions_and_subjects_do() {
        assert_eq!(of(&[("a", 1), ("b", 2)]), of(&[("b", 2), ("a", 1)]));
        assert_ne!(of(&[("a", 1), ("b", 2)]), of(&[("a", 2), ("b", 1)]));
        assert_ne!(of(&[("a", 1)]), of(&[("a", 1), ("a", 1)]));
        assert_eq!(of(&[]), Digest::default());
    }
}
