//! How events reach index and projection.
//!
//! The index is written first and is durable, then the events count as handled. A kill in between
//! repeats them, which changes nothing.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use kith_shared::{
    events::{
        ingest::{ImportChanged, PersonChanged},
        network::{AnnotationChanged, TieChanged},
        search::ImportApplied,
        users::{AccountChanged, CircleChanged, ErasureRequested},
    },
    ids::AccountId,
    open::{OpenImport, OpenPerson, OpenTie},
};
use skeleton_durable::{
    Envelope, Event, EventId,
    clock::{Clock, after},
    commit::ChangeSet,
    consumer::{HandleError, Handler},
    inbox::{Inbox, Settled},
};

use crate::{
    domain::document::Change,
    ports::{Index, IndexError, Store, Write},
};

/// The event types that this service wants.
pub(crate) const KINDS: &[&str] = &[
    PersonChanged::TYPE,
    AnnotationChanged::TYPE,
    TieChanged::TYPE,
    AccountChanged::TYPE,
    CircleChanged::TYPE,
    ImportChanged::TYPE,
    ErasureRequested::TYPE,
];

/// How long an import waits for its people before it is looked at again.
const IMPORT_WAIT: Duration = Duration::from_millis(100);

/// See the module.
pub(crate) struct Events {
    pub(crate) index: Arc<dyn Index>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A batch, sorted out.
#[derive(Default)]
struct Batch {
    changes: Vec<Change>,
    writes: Vec<Write>,
    imports: Vec<(OpenImport, Envelope)>,
    /// All others; they count as handled when index and projection have them.
    others: Vec<Envelope>,
    accounts: BTreeSet<AccountId>,
    erased: Vec<AccountId>,
}

#[async_trait]
impl Handler for Events {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let mut batch = sort_out(&self.fresh(events).await?)?;
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
}

impl Events {
    /// Those that were not handled before, each once.
    async fn fresh(&self, events: &[Envelope]) -> Result<Vec<Envelope>, HandleError> {
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let mut known: BTreeSet<EventId> = self.inbox.known(&ids).await?.into_iter().collect();
        Ok(events
            .iter()
            .filter(|event| known.insert(event.id))
            .cloned()
            .collect())
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

fn sort_out(events: &[Envelope]) -> Result<Batch, HandleError> {
    let mut batch = Batch::default();
    for event in events {
        let mut change = |change: Change| {
            batch.accounts.insert(change.account);
            batch.changes.push(change);
        };
        match event.kind.as_str() {
            PersonChanged::TYPE => change(event.part::<OpenPerson>()?.into()),
            AnnotationChanged::TYPE => change(event.open::<AnnotationChanged>()?.into()),
            TieChanged::TYPE => change(event.part::<OpenTie>()?.into()),
            AccountChanged::TYPE => batch.writes.push(Write::Account(event.open()?)),
            CircleChanged::TYPE => batch.writes.push(Write::Circle(event.part()?)),
            ErasureRequested::TYPE => {
                batch
                    .erased
                    .push(event.open::<ErasureRequested>()?.account_id);
            }
            ImportChanged::TYPE => {
                batch.imports.push((event.part()?, event.clone()));
                continue;
            }
            _ => {}
        }
        batch.others.push(event.clone());
    }
    Ok(batch)
}

fn refused(error: IndexError) -> HandleError {
    match error {
        IndexError::Unavailable(reason) => HandleError::Unavailable(reason),
        error => HandleError::Retry(format!("{error:#}")),
    }
}
