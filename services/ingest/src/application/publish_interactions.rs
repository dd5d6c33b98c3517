//! Tells the counts of pairs that changed, each pair's full state.

use std::sync::Arc;

use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use skeleton_durable::{
    Cause,
    clock::Clock,
    commit::{ChangeSet, CommitError},
};

use crate::ports::{IngestStore, IngestWrite};

/// Persons taken at a time.
pub(crate) const PERSONS: usize = 100;

/// See the module.
#[derive(Clone)]
pub struct PublishInteractions {
    /// The store.
    pub store: Arc<dyn IngestStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl PublishInteractions {
    /// What is to be committed to publish these persons' interactions, and how many events it
    /// holds.
    ///
    /// # Errors
    /// The store's.
    pub async fn of(
        &self,
        account: AccountId,
        import: Option<ImportId>,
        persons: Vec<PersonId>,
        at: Timestamp,
    ) -> Result<(ChangeSet<IngestWrite>, u64), CommitError> {
        let constellation = self.store.constellation(account, &persons).await?;
        let cause = import.map_or_else(Cause::default, |id| Cause::correlated(id.0));
        let expected = constellation.version;
        let mut change = ChangeSet::new()
            .write(IngestWrite::Book { account, expected })
            .write(IngestWrite::Fresh {
                account,
                import,
                persons,
            });
        let news = constellation.news(account);
        let events = news.len() as u64;
        for (pair, event) in news {
            change = change
                .write(IngestWrite::Pair { account, pair })
                .event(&event, at, &cause);
        }
        Ok((change, events))
    }

    /// Publishes some of what changes outside of imports have made stale, of one account: the next
    /// behind `after`, so that all have their turn. Says whose it was; none where nothing is stale.
    ///
    /// # Errors
    /// The store's; a conflict means to come again.
    pub async fn apart(&self, after: Option<AccountId>) -> Result<Option<AccountId>, CommitError> {
        let mut stale = self.store.stale_apart(after, PERSONS).await?;
        if stale.is_empty() && after.is_some() {
            stale = self.store.stale_apart(None, PERSONS).await?;
        }
        let Some((account, _)) = stale.first().copied() else {
            return Ok(None);
        };
        let of_one = stale.into_iter().filter(|(owner, _)| *owner == account);
        let persons = of_one.map(|(_, person)| person).collect();
        let (change, _) = self
            .of(account, None, persons, super::now(&*self.clock))
            .await?;
        match self.store.commit(change).await {
            Ok(()) | Err(CommitError::Conflict(_)) => Ok(Some(account)),
            Err(error) => Err(error),
        }
    }
}
