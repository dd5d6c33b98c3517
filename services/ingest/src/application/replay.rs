//! Everything that was ever told of books and still holds, told again: persons, merged ones
//! included, and the interactions of pairs, those that are no more included. And the digests by
//! which others compare what they hold.
//!
//! Versions are read before what they are versions of, so that an event is never older than it
//! says; where something changes meanwhile, its own event follows.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use kith_shared::{
    events::{
        ingest::{InteractionsChanged, PersonChanged},
        users::{AccountChanged, ErasureRequested},
    },
    ids::{AccountId, PersonId},
    keys::KeyHasher,
};
use skeleton_durable::{
    Cause, Envelope, Event,
    announce::{CurrentState, Page, cursor_id, no_cursor},
    clock::Clock,
    commit::CommitError,
    reconcile::{Digests, Holdings},
};
use uuid::Uuid;

use crate::{
    domain::interactions::Pair,
    ports::{NOBODY, PairPlace, Store, Wanted},
};

/// See the module.
pub struct TellAgain {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Hashes keys for the other services.
    pub hasher: KeyHasher,
}

#[async_trait]
impl CurrentState for TellAgain {
    fn kinds(&self) -> &'static [&'static str] {
        &[PersonChanged::TYPE, InteractionsChanged::TYPE]
    }

    async fn page(&self, kind: &str, after: Option<&str>, limit: u32) -> Result<Page, CommitError> {
        match kind {
            PersonChanged::TYPE => self.persons(cursor_id(after)?, limit).await,
            InteractionsChanged::TYPE => self.pairs(place_of(after)?, limit).await,
            _ => Ok(Page::default()),
        }
    }
}

#[async_trait]
impl Holdings for TellAgain {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            AccountChanged::TYPE,
            ErasureRequested::TYPE,
            PersonChanged::TYPE,
            InteractionsChanged::TYPE,
        ]
    }

    async fn digests(&self, kind: &str) -> Result<Digests, CommitError> {
        self.store.digests(kind).await
    }
}

impl TellAgain {
    async fn persons(&self, after: Option<Uuid>, limit: u32) -> Result<Page, CommitError> {
        let found = self.store.persons_after(after.map(PersonId), limit).await?;
        let last = found.last().map(|(_, id)| id.to_string());
        let next = last.filter(|_| found.len() >= limit as usize);
        let mut events = Vec::with_capacity(found.len());
        for (account, persons) in by_account(found) {
            let wanted = Wanted {
                persons: persons.clone(),
                ..Wanted::default()
            };
            let book = self.store.book(account, &wanted).await?;
            for closed in book.closed() {
                tracing::error!(person = %closed.root, why = closed.why, "not told again");
            }
            let told = persons.iter().filter_map(|id| book.told(*id, &self.hasher));
            events.extend(told.map(|event| self.seal(&event)));
        }
        Ok(Page { events, next })
    }

    async fn pairs(&self, after: Option<PairPlace>, limit: u32) -> Result<Page, CommitError> {
        let found = self.store.pairs_after(after, limit).await?;
        let last = found.last().map(|(account, pair)| name_of(*account, pair));
        let next = last.filter(|_| found.len() >= limit as usize);
        let mut events = Vec::with_capacity(found.len());
        for (account, pairs) in by_account(found) {
            // They are in the order of their first ends.
            let mut persons: Vec<PersonId> = pairs.iter().map(|pair| pair.person).collect();
            persons.dedup();
            let now = self.store.constellation(account, &persons).await?;
            let told = now.told(account, &pairs);
            events.extend(told.iter().map(|event| self.seal(event)));
        }
        Ok(Page { events, next })
    }

    fn seal<E: Event>(&self, event: &E) -> Envelope {
        Envelope::seal(event, super::now(&*self.clock), &Cause::default())
    }
}

fn by_account<T>(found: Vec<(AccountId, T)>) -> BTreeMap<AccountId, Vec<T>> {
    let mut accounts: BTreeMap<AccountId, Vec<T>> = BTreeMap::new();
    for (account, one) in found {
        accounts.entry(account).or_default().push(one);
    }
    accounts
}

fn name_of(account: AccountId, pair: &Pair) -> String {
    let other = pair.other.map_or(NOBODY, |id| id.0);
    format!("{account}/{}/{other}", pair.person)
}

fn place_of(after: Option<&str>) -> Result<Option<PairPlace>, CommitError> {
    let Some(text) = after else { return Ok(None) };
    let mut ids = text.split('/').map(|part| part.parse::<Uuid>().ok());
    match (ids.next(), ids.next(), ids.next(), ids.next()) {
        (Some(Some(account)), Some(Some(person)), Some(Some(other)), None) => Ok(Some(PairPlace {
            account: AccountId(account),
            person: PersonId(person),
            other: (other != NOBODY).then_some(PersonId(other)),
        })),
        _ => Err(no_cursor(text)),
    }
}
