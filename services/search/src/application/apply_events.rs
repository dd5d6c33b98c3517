//! Takes over what the other services published, and says when an import can be searched.
//!
//! The index is written first and is durable, then the events count as handled. A kill in between
//! repeats them, which changes nothing.

use std::{collections::BTreeSet, time::Duration};

use kith_shared::{
    events::{ingest::PersonChanged, search::ImportApplied, users::AccountChanged},
    ids::AccountId,
    open::{OpenCircle, OpenImport},
};
use skeleton_durable::{
    Envelope, Event, EventId, clock::after, commit::ChangeSet, consumer::HandleError,
    inbox::Settled,
};

use super::App;
use crate::{
    domain::document::Change,
    ports::{IndexError, Write},
};

/// How long an import waits for its people before it is looked at again.
const IMPORT_WAIT: Duration = Duration::from_millis(100);

/// What an event of another service says.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// A part of a person's document as it now is.
    Change(Change),
    /// An account as it now is.
    Account(AccountChanged),
    /// A circle as it now is.
    Circle(OpenCircle),
    /// An account is to be erased.
    Erased(AccountId),
    /// How far an import has come.
    Import(OpenImport),
}

/// A batch, by what is done with it.
#[derive(Default)]
struct Batch {
    changes: Vec<Change>,
    writes: Vec<Write>,
    imports: Vec<(OpenImport, Envelope)>,
    /// All others; they count as handled when index and store have them.
    others: Vec<Envelope>,
    accounts: BTreeSet<AccountId>,
    erased: Vec<AccountId>,
}

impl App {
    /// Takes in all of `events`.
    ///
    /// # Errors
    /// Then some may have been taken in; doing it again changes nothing.
    pub async fn apply_events(&self, events: Vec<(Envelope, Incoming)>) -> Result<(), HandleError> {
        let mut batch = Batch::of(self.fresh(events).await?);
        let accounts: Vec<AccountId> = batch.accounts.iter().copied().collect();
        let mut gone: BTreeSet<AccountId> =
            self.store.erased(&accounts).await?.into_iter().collect();
        gone.extend(&batch.erased);
        batch
            .changes
            .retain(|change| !gone.contains(&change.account));
        self.mark_erased(&batch.erased).await?;
        let mut erased = batch.erased;
        if !batch.changes.is_empty() {
            self.index.apply(batch.changes).await.map_err(refused)?;
            // Another replica may have erased an account since it was asked above.
            let late = self.store.erased(&accounts).await?.into_iter();
            erased.extend(late.filter(|account| !gone.contains(account)));
        }
        if !erased.is_empty() {
            self.index.erase(&erased).await.map_err(refused)?;
        }
        if !batch.others.is_empty() {
            let change = ChangeSet {
                writes: batch.writes,
                handled: batch.others,
                ..ChangeSet::default()
            };
            self.store.commit(change).await?;
        }
        for (import, event) in batch.imports {
            self.import(&import, event).await?;
        }
        Ok(())
    }

    /// Those that were not handled before, each once.
    async fn fresh(
        &self,
        mut events: Vec<(Envelope, Incoming)>,
    ) -> Result<Vec<(Envelope, Incoming)>, HandleError> {
        let ids: Vec<EventId> = events.iter().map(|(event, _)| event.id).collect();
        let mut known: BTreeSet<EventId> = self.inbox.known(&ids).await?.into_iter().collect();
        events.retain(|(event, _)| known.insert(event.id));
        Ok(events)
    }

    /// Notes that accounts are gone before the index is cleared of them: whoever puts people of
    /// theirs in at the same time asks for this note afterwards, and clears the index too.
    async fn mark_erased(&self, accounts: &[AccountId]) -> Result<(), HandleError> {
        if accounts.is_empty() {
            return Ok(());
        }
        let writes = accounts.iter().copied().map(Write::Erased).collect();
        let change = ChangeSet {
            writes,
            ..ChangeSet::default()
        };
        Ok(self.store.commit(change).await?)
    }

    /// Says that an import was applied, once all people that it published were.
    async fn import(&self, import: &OpenImport, event: Envelope) -> Result<(), HandleError> {
        let mut change = ChangeSet::new().handled(std::slice::from_ref(&event));
        if import.is_applying() {
            let published = import
                .published
                .get(PersonChanged::TYPE)
                .copied()
                .unwrap_or(0);
            let Settled { done, parked } = self
                .inbox
                .settled(import.import_id.0, PersonChanged::TYPE)
                .await?;
            if done + parked < published {
                // Put off here and not by an error: that would repeat the whole batch one by one.
                let due = after(self.clock.now(), IMPORT_WAIT);
                return Ok(self
                    .inbox
                    .postpone(&event, 0, due, "its people are on their way")
                    .await?);
            }
            let applied = ImportApplied {
                import_id: import.import_id,
                account_id: import.account_id,
                parked,
            };
            change = change.event(&applied, self.clock.now(), &event.as_cause());
        }
        Ok(self.store.commit(change).await?)
    }
}

impl Batch {
    fn of(events: Vec<(Envelope, Incoming)>) -> Self {
        let mut batch = Self::default();
        for (event, incoming) in events {
            match incoming {
                Incoming::Change(change) => {
                    batch.accounts.insert(change.account);
                    batch.changes.push(change);
                }
                Incoming::Account(account) => batch.writes.push(Write::Account(account)),
                Incoming::Circle(circle) => batch.writes.push(Write::Circle(circle)),
                Incoming::Erased(account) => batch.erased.push(account),
                Incoming::Import(import) => {
                    batch.imports.push((import, event));
                    continue;
                }
            }
            batch.others.push(event);
        }
        batch
    }
}

fn refused(error: IndexError) -> HandleError {
    match error {
        IndexError::Unavailable(reason) => HandleError::Unavailable(reason),
        error => HandleError::Retry(format!("{error:#}")),
    }
}
