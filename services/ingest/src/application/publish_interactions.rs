//! The counts of pairs that changed, as events: each pair's full state.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use skeleton_durable::{
    Cause,
    commit::{ChangeSet, CommitError},
};

use super::{App, cause_of, is_unreadable};
use crate::ports::Write;

/// Persons taken at a time.
pub(super) const PERSONS: usize = 100;
/// Accounts looked at in one turn.
const ACCOUNTS: usize = 100;

impl App {
    /// What is to be committed to publish these persons' interactions, and how many events it
    /// holds.
    pub(super) async fn interactions_of(
        &self,
        account: AccountId,
        import: Option<ImportId>,
        persons: Vec<PersonId>,
        at: Timestamp,
    ) -> Result<(ChangeSet<Write>, u64), CommitError> {
        let interactions = self.store.interactions(account, &persons).await?;
        let cause = import.map_or_else(Cause::default, cause_of);
        let expected = interactions.version;
        let mut change = ChangeSet::new()
            .write(Write::Book { account, expected })
            .write(Write::Fresh {
                account,
                import,
                persons,
            });
        let changed = interactions.changed(account);
        let events = changed.len() as u64;
        for (pair, event) in changed {
            change = change
                .write(Write::Pair { account, pair })
                .event(&event, at, &cause);
        }
        Ok((change, events))
    }

    /// Publishes some of what changes outside of imports have made stale, of one account: the next
    /// behind `after`, so that all have their turn. Says whose it was; none where nothing is stale
    /// that could be read: an account with a row that cannot be does not hold up the others.
    pub(super) async fn publish_stale(
        &self,
        after: Option<AccountId>,
    ) -> Result<Option<AccountId>, CommitError> {
        let mut accounts = self.store.accounts_with_stale(after, ACCOUNTS).await?;
        if after.is_some() {
            accounts.extend(self.store.accounts_with_stale(None, ACCOUNTS).await?);
        }
        for account in accounts {
            match self.publish_stale_of(account).await {
                Err(error) if is_unreadable(&error) => {
                    tracing::error!(%account, %error, "interactions are not published");
                }
                published => return published.map(|()| Some(account)),
            }
        }
        Ok(None)
    }

    async fn publish_stale_of(&self, account: AccountId) -> Result<(), CommitError> {
        let persons = self.store.stale_apart(account, PERSONS).await?;
        let (change, _) = self
            .interactions_of(account, None, persons, self.now())
            .await?;
        match self.store.commit(change).await {
            // Whoever was faster has published them, or they are looked at again.
            Ok(()) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
