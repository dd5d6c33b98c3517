//! Tells again what was published of ties and annotations, as it is now.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use kith_shared::{
    events::{
        ingest::PersonState,
        network::{AnnotationChanged, TieChanged},
    },
    ids::{AccountId, PersonId},
};
use skeleton_durable::{
    Cause, Envelope, Event,
    announce::{CurrentState, Page},
    clock::Clock,
    commit::CommitError,
};

use crate::ports::{Annotation, Store, Subjects};

/// Most accounts looked at for one page, however little each has.
const ACCOUNTS_LIMIT: u32 = 200;

/// See the module.
pub struct Announce {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl CurrentState for Announce {
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
                events.extend(self.tell(of, owner, &ids).await?);
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

impl Announce {
    async fn tell(
        &self,
        of: Subjects,
        owner: AccountId,
        ids: &[PersonId],
    ) -> Result<Vec<Envelope>, CommitError> {
        match of {
            Subjects::Bands => self.ties(ids).await,
            _ => self.annotations(owner, ids).await,
        }
    }

    fn seal<E: Event>(&self, event: &E) -> Envelope {
        Envelope::seal(event, self.clock.now(), &Cause::default())
    }

    async fn ties(&self, ids: &[PersonId]) -> Result<Vec<Envelope>, CommitError> {
        let bands = self.store.bands(ids).await?;
        let event = |band: crate::ports::PublishedBand| {
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
    async fn annotations(
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
