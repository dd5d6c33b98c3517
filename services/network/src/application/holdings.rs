//! What the store holds, as digests to compare with what other services hold.

use std::sync::Arc;

use async_trait::async_trait;
use kith_shared::{
    events::{
        ingest::{InteractionsChanged, PersonChanged},
        network::{AnnotationChanged, Band, TieChanged},
        users::{AccountChanged, CircleChanged},
    },
    ids::{AccountId, PersonId},
};
use skeleton_durable::{
    Event,
    commit::CommitError,
    reconcile::{Digests, Holdings},
};
use uuid::Uuid;

use crate::ports::{Pair, Store, Subjects};

/// Rows read at once.
const PAGE: u32 = 5000;

/// See the module.
pub struct HeldHere(pub Arc<dyn Store>);

#[async_trait]
impl Holdings for HeldHere {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            AccountChanged::TYPE,
            CircleChanged::TYPE,
            PersonChanged::TYPE,
            InteractionsChanged::TYPE,
            TieChanged::TYPE,
            AnnotationChanged::TYPE,
        ]
    }

    async fn digests(&self, kind: &str) -> Result<Digests, CommitError> {
        match kind {
            AccountChanged::TYPE => self.accounts().await,
            CircleChanged::TYPE => self.circles().await,
            PersonChanged::TYPE => self.of_accounts(Subjects::Persons).await,
            InteractionsChanged::TYPE => self.of_accounts(Subjects::Interactions).await,
            TieChanged::TYPE => self.of_accounts(Subjects::Bands).await,
            AnnotationChanged::TYPE => self.of_accounts(Subjects::Annotations).await,
            _ => Ok(Digests::new()),
        }
    }
}

impl HeldHere {
    async fn accounts(&self) -> Result<Digests, CommitError> {
        let mut digests = Digests::new();
        let mut after = None;
        loop {
            let ids = self.0.account_ids(after, PAGE).await?;
            let Some(last) = ids.last() else {
                return Ok(digests);
            };
            after = Some(*last);
            for account in self.0.accounts(&ids).await? {
                let digest = digests.entry(account.id.0).or_default();
                digest.add(&account.id.to_string(), account.version);
            }
        }
    }

    /// Circles belong to no account.
    async fn circles(&self) -> Result<Digests, CommitError> {
        let mut digests = Digests::new();
        let mut after = None;
        loop {
            let page = self.0.circles(after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(digests);
            };
            after = Some(last.id);
            for circle in &page {
                let digest = digests.entry(Uuid::nil()).or_default();
                digest.add(&circle.id.to_string(), circle.version);
            }
        }
    }

    async fn of_accounts(&self, of: Subjects) -> Result<Digests, CommitError> {
        let mut digests = Digests::new();
        let mut after = None;
        loop {
            let owners = self.0.account_ids(after, PAGE).await?;
            let Some(last) = owners.last() else {
                return Ok(digests);
            };
            after = Some(*last);
            for owner in owners {
                self.of_account(of, owner, &mut digests).await?;
            }
        }
    }

    async fn of_account(
        &self,
        of: Subjects,
        owner: AccountId,
        digests: &mut Digests,
    ) -> Result<(), CommitError> {
        let mut after = None;
        loop {
            let page = self.0.versions(of, owner, after, PAGE).await?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = Some(*last);
            let digest = digests.entry(owner.0).or_default();
            for (pair, version) in page {
                digest.add(&subject(of, owner, pair), version);
            }
        }
    }
}

/// As the events spell it.
fn subject(of: Subjects, account_id: AccountId, (person_id, other_id): Pair) -> String {
    let named = |person: PersonId| person.to_string();
    match of {
        Subjects::Persons | Subjects::Annotations => named(person_id),
        Subjects::Interactions => InteractionsChanged {
            account_id,
            person_id,
            other_id,
            version: 0,
            buckets: Vec::new(),
        }
        .subject(),
        Subjects::Bands => TieChanged {
            account_id,
            person_id,
            version: 0,
            band: Band::Weak,
        }
        .subject(),
    }
}
