//! Everything that was ever published of books and still holds, published again: persons, merged
//! ones included, and the interactions of pairs, those that are no more included. And the digests
//! by which others compare what they hold.
//!
//! Versions are read before what they are versions of, so that an event is never older than it
//! says; where something changes meanwhile, its own event follows.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kith_shared::{
    events::{
        ingest::{InteractionsChanged, PersonChanged},
        users::{AccountChanged, ErasureRequested},
    },
    ids::{AccountId, PersonId},
};
use skeleton_durable::{
    Cause, Envelope, Event,
    announce::{CurrentState, Page, cursor_id, no_cursor},
    commit::CommitError,
    reconcile::{Digests, Holdings},
};
use uuid::Uuid;

use super::App;
use crate::{
    domain::interactions::Pair,
    ports::{NOBODY, PairPlace, Wanted},
};

#[async_trait]
impl CurrentState for App {
    fn kinds(&self) -> &'static [&'static str] {
        &[PersonChanged::TYPE, InteractionsChanged::TYPE]
    }

    async fn page(&self, kind: &str, after: Option<&str>, limit: u32) -> Result<Page, CommitError> {
        match kind {
            PersonChanged::TYPE => self.persons_again(cursor_id(after)?, limit).await,
            InteractionsChanged::TYPE => self.pairs_again(place_of(after)?, limit).await,
            _ => Ok(Page::default()),
        }
    }
}

#[async_trait]
impl Holdings for App {
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

impl App {
    async fn persons_again(&self, after: Option<Uuid>, limit: u32) -> Result<Page, CommitError> {
        let found = self.store.persons_after(after.map(PersonId), limit).await?;
        let last = found.last().map(|(_, id)| id.to_string());
        let next = last.filter(|_| found.len() >= limit as usize);
        let mut events = Vec::with_capacity(found.len());
        for (account, persons) in by_account(found) {
            let wanted = Wanted::persons(persons.iter().copied());
            let book = self.store.book(account, &wanted).await?;
            for closed in book.closed() {
                tracing::error!(person = %closed.root, why = closed.why, "not published again");
            }
            let published = persons
                .iter()
                .filter_map(|id| book.published(*id, &self.key_hasher));
            events.extend(published.map(|event| self.seal(&event)));
        }
        Ok(Page { events, next })
    }

    async fn pairs_again(&self, after: Option<PairPlace>, limit: u32) -> Result<Page, CommitError> {
        let found = self.store.pairs_after(after, limit).await?;
        let last = found.last().map(|(account, pair)| name_of(*account, pair));
        let next = last.filter(|_| found.len() >= limit as usize);
        let mut events = Vec::with_capacity(found.len());
        for (account, pairs) in by_account(found) {
            // They are in the order of their first ends.
            let mut persons: Vec<PersonId> = pairs.iter().map(|pair| pair.person).collect();
            persons.dedup();
            let now = self.store.interactions(account, &persons).await?;
            let published = now.published_again(account, &pairs);
            events.extend(published.iter().map(|event| self.seal(event)));
        }
        Ok(Page { events, next })
    }

    fn seal<E: Event>(&self, event: &E) -> Envelope {
        Envelope::seal(event, self.now(), &Cause::default())
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
