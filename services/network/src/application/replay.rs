//! What was published, as it is now, to publish it again; and what is held, as digests to compare
//! with what other services hold.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kith_shared::{
    events::{
        ingest::{InteractionsChanged, PersonChanged, PersonState},
        network::{AnnotationChanged, Band, TieChanged},
        users::{AccountChanged, CircleChanged},
    },
    ids::{AccountId, PersonId},
};
use skeleton_durable::{
    Cause, Envelope, Event,
    announce::{CurrentState, Page},
    commit::CommitError,
    reconcile::{Digests, Holdings},
};
use uuid::Uuid;

use super::App;
use crate::ports::{Annotation, Pair, PublishedBand, Subjects};

/// Most accounts looked at for one page of events, however little each has.
const ACCOUNTS_LIMIT: u32 = 200;

/// Rows read at once for digests.
const PAGE_ROWS: u32 = 5000;

#[async_trait]
impl CurrentState for App {
    fn kinds(&self) -> &'static [&'static str] {
        &[TieChanged::TYPE, AnnotationChanged::TYPE]
    }

    async fn page(&self, kind: &str, after: Option<&str>, limit: u32) -> Result<Page, CommitError> {
        let of = match kind {
            TieChanged::TYPE => Subjects::Bands,
            AnnotationChanged::TYPE => Subjects::Annotations,
            _ => return Ok(Page::default()),
        };
        let mut at = after.map(place).transpose()?;
        let mut events = Vec::new();
        for _ in 0..ACCOUNTS_LIMIT {
            if let Some((owner, behind)) = at {
                let left = limit.saturating_sub(u32::try_from(events.len()).unwrap_or(u32::MAX));
                let behind = behind.map(|person| (person, None));
                let rows = self.store.versions(of, owner, behind, left).await?;
                let ids: Vec<PersonId> = rows.iter().map(|((person, _), _)| *person).collect();
                events.extend(self.events_of(of, owner, &ids).await?);
                if ids.len() >= left as usize {
                    let next = ids.last().map(|last| format!("{owner}/{last}"));
                    return Ok(Page { events, next });
                }
            }
            let behind = at.map(|(owner, _)| owner);
            match self.store.account_ids(behind, 1).await?.first() {
                Some(next) => at = Some((*next, None)),
                None => return Ok(Page { events, next: None }),
            }
        }
        let next = at.map(|(owner, _)| format!("{owner}/"));
        Ok(Page { events, next })
    }
}

/// An account, and the person behind which its next page begins.
fn place(cursor: &str) -> Result<(AccountId, Option<PersonId>), CommitError> {
    let parse = || {
        let (owner, person) = cursor.split_once('/')?;
        let person = match person {
            "" => None,
            person => Some(PersonId(person.parse().ok()?)),
        };
        Some((AccountId(owner.parse().ok()?), person))
    };
    parse().ok_or_else(|| {
        CommitError::Internal(anyhow::anyhow!("expected a cursor of this list: {cursor}"))
    })
}

impl App {
    async fn events_of(
        &self,
        of: Subjects,
        owner: AccountId,
        ids: &[PersonId],
    ) -> Result<Vec<Envelope>, CommitError> {
        match of {
            Subjects::Bands => self.tie_events(ids).await,
            _ => self.annotation_events(owner, ids).await,
        }
    }

    fn seal<E: Event>(&self, event: &E) -> Envelope {
        Envelope::seal(event, self.clock.now(), &Cause::default())
    }

    async fn tie_events(&self, ids: &[PersonId]) -> Result<Vec<Envelope>, CommitError> {
        let bands = self.store.bands(ids).await?;
        let event = |band: PublishedBand| {
            self.seal(&TieChanged {
                account_id: band.owner,
                person_id: band.person,
                version: band.version,
                band: band.band,
            })
        };
        Ok(bands.into_iter().map(event).collect())
    }

    /// Of a person all that is written on its ids; of an id that was merged what stands on it alone.
    async fn annotation_events(
        &self,
        owner: AccountId,
        ids: &[PersonId],
    ) -> Result<Vec<Envelope>, CommitError> {
        let persons = self.store.persons(ids).await?;
        let merged = |id: &PersonId| {
            let mut persons = persons.iter();
            persons.any(|p| p.id == *id && matches!(p.state, PersonState::Merged { .. }))
        };
        let whole: Vec<PersonId> = ids.iter().filter(|id| !merged(id)).copied().collect();
        let old = self.store.merged_into(&whole).await?;
        let all: Vec<PersonId> = ids.iter().chain(old.keys()).copied().collect();
        let written = self.store.annotations(&all).await?;
        let mut groups: BTreeMap<PersonId, BTreeMap<PersonId, Annotation>> = BTreeMap::new();
        for (id, annotation) in &written {
            if let Some(root) = old.get(id) {
                let group = groups.entry(*root).or_default();
                group.insert(*id, annotation.clone());
            }
        }
        let event = |id: &PersonId| {
            let mut group = groups.remove(id).unwrap_or_default();
            group.insert(*id, written.get(id)?.clone());
            let annotation = Annotation::of_all(*id, &group);
            Some(self.seal(&AnnotationChanged {
                account_id: owner,
                person_id: *id,
                version: annotation.version,
                tags: annotation.tags,
                notes: annotation.notes.into_iter().map(|note| note.text).collect(),
            }))
        };
        Ok(ids.iter().filter_map(event).collect())
    }
}

#[async_trait]
impl Holdings for App {
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
            AccountChanged::TYPE => self.account_digests().await,
            CircleChanged::TYPE => self.circle_digests().await,
            PersonChanged::TYPE => self.digests_by_account(Subjects::Persons).await,
            InteractionsChanged::TYPE => self.digests_by_account(Subjects::Interactions).await,
            TieChanged::TYPE => self.digests_by_account(Subjects::Bands).await,
            AnnotationChanged::TYPE => self.digests_by_account(Subjects::Annotations).await,
            _ => Ok(Digests::new()),
        }
    }
}

impl App {
    async fn account_digests(&self) -> Result<Digests, CommitError> {
        let mut digests = Digests::new();
        let mut after = None;
        loop {
            let ids = self.store.account_ids(after, PAGE_ROWS).await?;
            let Some(last) = ids.last() else {
                return Ok(digests);
            };
            after = Some(*last);
            for account in self.store.accounts(&ids).await? {
                let digest = digests.entry(account.id.0).or_default();
                digest.add(&account.id.to_string(), account.version);
            }
        }
    }

    /// Circles belong to no account.
    async fn circle_digests(&self) -> Result<Digests, CommitError> {
        let mut digests = Digests::new();
        let mut after = None;
        loop {
            let page = self.store.circles(after, PAGE_ROWS).await?;
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

    async fn digests_by_account(&self, of: Subjects) -> Result<Digests, CommitError> {
        let mut digests = Digests::new();
        let mut after = None;
        loop {
            let owners = self.store.account_ids(after, PAGE_ROWS).await?;
            let Some(last) = owners.last() else {
                return Ok(digests);
            };
            after = Some(*last);
            for owner in owners {
                self.add_account(of, owner, &mut digests).await?;
            }
        }
    }

    async fn add_account(
        &self,
        of: Subjects,
        owner: AccountId,
        digests: &mut Digests,
    ) -> Result<(), CommitError> {
        let mut after = None;
        loop {
            let page = self.store.versions(of, owner, after, PAGE_ROWS).await?;
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
