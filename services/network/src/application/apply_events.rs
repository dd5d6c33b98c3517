//! Takes over what the other services published, a batch in one commit.
//!
//! Versions decide, so the order of deliveries does not matter; what belongs to an erased account is
//! left out. A tie event is published when an owner's tie crosses the border of a band, and what is
//! written on a person when ids that carry tags or notes are merged into it or parted from it.

mod bands;
mod basis;
mod batch;
mod regrouped;

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use kith_shared::{
    events::{
        ingest::{InteractionsChanged, PersonChanged},
        network::{Band, ImportApplied, TieChanged},
        users::AccountChanged,
    },
    ids::{AccountId, PersonId},
    open::{OpenCircle, OpenImport, OpenInteractions, OpenPerson},
};
use skeleton_durable::{
    Envelope, Event,
    commit::{ChangeSet, CommitError},
    consumer::HandleError,
};

use self::{bands::Book, basis::Basis, batch::Batch, regrouped::regrouped};
use super::App;
use crate::{
    domain::strength,
    ports::{PublishedBand, Write},
};

/// How long to wait before asking again whether an import's events have all come.
const IMPORT_WAIT: Duration = Duration::from_millis(100);

/// How often a batch is decided anew when other replicas were faster.
const DECISIONS: usize = 8;

/// How long a batch waits that lost every time.
const CONTENTION_WAIT: Duration = Duration::from_millis(50);

/// What an event of another service says.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// An account as it now is.
    Account(AccountChanged),
    /// A circle as it now is.
    Circle(OpenCircle),
    /// A person as it now is.
    Person(OpenPerson),
    /// What happened between a pair.
    Interactions(OpenInteractions),
    /// An account is to be erased.
    Erased(AccountId),
    /// How far an import has come.
    Import(OpenImport),
}

impl App {
    /// Applies all of `events`, those that only report progress of an import last.
    ///
    /// # Errors
    /// [`HandleError::Defer`] when an import's other events have not all come: then all but its
    /// own event are handled.
    pub async fn apply_events(&self, events: Vec<(Envelope, Incoming)>) -> Result<(), HandleError> {
        let (mut envelopes, mut states, mut imports) = (Vec::new(), Vec::new(), Vec::new());
        for (envelope, incoming) in events {
            match incoming {
                Incoming::Import(import) => imports.push((envelope, import)),
                state => {
                    envelopes.push(envelope);
                    states.push(state);
                }
            }
        }
        if let [event] = envelopes.as_slice()
            && !self.inbox.known(&[event.id]).await?.is_empty()
        {
            // Handled with others of a batch, of which one could not be.
            return Err(HandleError::AlreadyHandled);
        }
        if !states.is_empty() {
            self.apply_states(&envelopes, &states).await?;
        }
        for (envelope, import) in &imports {
            self.apply_import(envelope, import).await?;
        }
        Ok(())
    }

    /// Decides and commits. Another replica may have changed in between what the decision hangs on;
    /// then the commit is refused and it is decided again.
    async fn apply_states(
        &self,
        events: &[Envelope],
        states: &[Incoming],
    ) -> Result<(), HandleError> {
        for state in states {
            if let Incoming::Erased(account) = state {
                while self.store.erase_some(*account).await? {}
            }
        }
        for _ in 0..DECISIONS {
            let change = self.decide(events, states).await?;
            match self.store.commit(change).await {
                Err(CommitError::Conflict(reason)) => {
                    metrics::counter!("network_decisions_repeated_total").increment(1);
                    tracing::debug!(reason, "decided again");
                }
                done => return Ok(done?),
            }
        }
        Err(HandleError::Defer(CONTENTION_WAIT))
    }

    async fn decide(
        &self,
        events: &[Envelope],
        states: &[Incoming],
    ) -> Result<ChangeSet<Write>, HandleError> {
        let mut batch = Batch::default();
        for state in states {
            batch.add(state.clone());
        }
        let store = &self.store;
        // Read before anything else: what changes from here on makes the commit a conflict.
        let standings = store.standings(&batch.owners()).await?;
        let erased = standings.iter().filter(|(_, standing)| standing.erased);
        let mut erased: BTreeSet<AccountId> = erased.map(|(account, _)| *account).collect();
        erased.extend(&batch.erased);
        batch.leave_out(&erased);
        let mut basis = Basis::default();
        let bands = self.crossed_bands(&batch, &mut basis).await?;
        let regrouped = regrouped(&batch, &**store, &mut basis).await?;

        let now = self.clock.now();
        // Subjects are made of ids between slashes: by the person's the event that moved its tie is
        // found.
        let about: HashMap<&str, &Envelope> = events
            .iter()
            .flat_map(|event| event.subject.split('/').map(move |id| (id, event)))
            .collect();
        let cause = |person: PersonId| {
            let event = about
                .get(person.to_string().as_str())
                .copied()
                .or(events.first());
            event.map(Envelope::as_cause).unwrap_or_default()
        };
        let mut change = ChangeSet::new().handled(events);
        for band in &bands {
            let event = TieChanged {
                account_id: band.owner,
                person_id: band.person,
                version: band.version,
                band: band.band,
            };
            change
                .events
                .push(Envelope::seal(&event, now, &cause(band.person)));
        }
        for annotation in &regrouped.events {
            let cause = cause(annotation.person_id);
            change.events.push(Envelope::seal(annotation, now, &cause));
        }
        change.writes = basis.into_writes(&standings);
        change
            .writes
            .extend(batch.into_writes(bands, regrouped.writes));
        Ok(change)
    }

    /// The bands that the batch moves ties into.
    async fn crossed_bands(
        &self,
        batch: &Batch,
        basis: &mut Basis,
    ) -> Result<Vec<PublishedBand>, HandleError> {
        let store = &self.store;
        let affected = batch.affected();
        if affected.is_empty() {
            return Ok(Vec::new());
        }
        let mut book = Book::new(batch);
        book.load(&**store, affected, basis).await?;
        let today = strength::day_of(self.clock.now());
        let subjects: Vec<PersonId> = book.persons.keys().copied().collect();
        let published: HashMap<PersonId, PublishedBand> = store
            .bands(&subjects)
            .await?
            .into_iter()
            .map(|band| (band.person, band))
            .collect();
        let mut crossed = Vec::new();
        for person in subjects {
            let Some((owner, band)) = book.band(person, today) else {
                continue;
            };
            let before = published.get(&person);
            if before.map_or(Band::Weak, |before| before.band) != band {
                let version = before.map_or(0, |before| before.version) + 1;
                crossed.push(PublishedBand {
                    owner,
                    person,
                    version,
                    band,
                });
            }
        }
        Ok(crossed)
    }

    async fn apply_import(&self, event: &Envelope, import: &OpenImport) -> Result<(), HandleError> {
        let handled = std::slice::from_ref(event);
        let store = &self.store;
        let standings = store.standings(&[import.account_id]).await?;
        let over = !import.is_applying()
            || standings.values().any(|standing| standing.erased)
            || store.is_applied(import.import_id).await?;
        if over {
            return Ok(store.commit(ChangeSet::new().handled(handled)).await?);
        }
        let mut parked = 0;
        for kind in [PersonChanged::TYPE, InteractionsChanged::TYPE] {
            let settled = self.inbox.settled(import.import_id.0, kind).await?;
            let published = import.published.get(kind).copied().unwrap_or_default();
            if settled.done + settled.parked < published {
                return Err(HandleError::Defer(IMPORT_WAIT));
            }
            parked += settled.parked;
        }
        let applied = ImportApplied {
            import_id: import.import_id,
            account_id: import.account_id,
            parked,
        };
        let change = ChangeSet::new()
            .handled(handled)
            .write(Write::MarkApplied(import.import_id, import.account_id))
            .event(&applied, self.clock.now(), &event.as_cause());
        Ok(store.commit(change).await?)
    }
}
