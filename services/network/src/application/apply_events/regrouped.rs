//! Which tags and notes a batch gives to other persons: those on ids that it merges or parts.
//!
//! What is published of a person is all that is written on its ids, so others need not follow
//! merges to know, for example, that it is hidden by a tag.

use std::collections::{BTreeMap, BTreeSet};

use kith_shared::{
    events::network::AnnotationChanged,
    ids::{AccountId, PersonId},
};
use skeleton_durable::commit::CommitError;

use super::{
    super::merges::{MERGES_LIMIT, follow},
    basis::Basis,
    batch::Batch,
};
use crate::{
    domain::records::Person,
    ports::{Annotation, Store, Write},
};

/// What to write and to publish beside the batch.
#[derive(Default)]
pub(super) struct Regrouped {
    pub(super) writes: Vec<Write>,
    pub(super) events: Vec<AnnotationChanged>,
}

/// Persons before and after the batch.
#[derive(Default)]
struct Merges {
    before: BTreeMap<PersonId, Person>,
    after: BTreeMap<PersonId, Person>,
}

/// What has to be published anew of persons whose ids a batch merges or parts.
pub(super) async fn regrouped(
    batch: &Batch,
    store: &dyn Store,
    basis: &mut Basis,
) -> Result<Regrouped, CommitError> {
    let mut merges = Merges::default();
    merges
        .load(batch, store, batch.persons.keys().copied().collect())
        .await?;
    let changed: Vec<PersonId> = batch
        .persons
        .keys()
        .filter(|id| {
            merges.before.get(id).and_then(Person::merged_into)
                != merges.after.get(id).and_then(Person::merged_into)
        })
        .copied()
        .collect();
    if changed.is_empty() {
        return Ok(Regrouped::default());
    }
    // Whoever stands under them moves along.
    let mut moved: BTreeSet<PersonId> = store.merged_into(&changed).await?.into_keys().collect();
    moved.extend(&changed);
    let moved: Vec<PersonId> = moved.into_iter().collect();
    merges.load(batch, store, moved.clone()).await?;
    let written = store.annotations(&moved).await?;
    let version = |id: &PersonId| written.get(id).map_or(0, |it| it.version);
    let mut out = Regrouped::default();
    out.writes.push(Write::ExpectAnnotations(
        moved.iter().map(|id| (*id, version(id))).collect(),
    ));
    let mut concerned = BTreeSet::new();
    for (id, annotation) in &written {
        if !annotation.is_empty() {
            concerned.insert(root(&merges.before, *id));
        }
        concerned.insert(root(&merges.after, *id));
    }
    if !concerned.is_empty() {
        merges.publish(batch, store, concerned, &mut out).await?;
    }
    for person in merges.before.values().chain(merges.after.values()) {
        basis.add(person.owner, person.id);
        if let Some(into) = person.merged_into() {
            basis.add(person.owner, into);
        }
    }
    Ok(out)
}

impl Merges {
    /// Loads persons, and whom they were and will be merged into.
    async fn load(
        &mut self,
        batch: &Batch,
        store: &dyn Store,
        mut wanted: Vec<PersonId>,
    ) -> Result<(), CommitError> {
        for _ in 0..MERGES_LIMIT {
            wanted.retain(|id| !self.before.contains_key(id) && !self.after.contains_key(id));
            if wanted.is_empty() {
                break;
            }
            for person in store.persons(&wanted).await? {
                self.after.insert(person.id, person.clone());
                self.before.insert(person.id, person);
            }
            for person in wanted.iter().filter_map(|id| batch.persons.get(id)) {
                let newer = self
                    .after
                    .get(&person.id)
                    .is_none_or(|it| it.version < person.version);
                if newer {
                    self.after.insert(person.id, person.clone());
                }
            }
            let next: BTreeSet<PersonId> = wanted
                .iter()
                .flat_map(|id| [self.before.get(id), self.after.get(id)])
                .filter_map(|person| person?.merged_into())
                .collect();
            wanted = next.into_iter().collect();
        }
        Ok(())
    }

    /// Adds to `out` what publishes those of `persons` that stand for themselves, or are not known
    /// yet, after the batch.
    async fn publish(
        &mut self,
        batch: &Batch,
        store: &dyn Store,
        persons: BTreeSet<PersonId>,
        out: &mut Regrouped,
    ) -> Result<(), CommitError> {
        let mut ids = persons.clone();
        ids.extend(
            store
                .merged_into(&Vec::from_iter(persons.clone()))
                .await?
                .into_keys(),
        );
        // Those whom the batch merges stand in `after` already.
        ids.extend(self.after.keys());
        let ids: Vec<PersonId> = ids.into_iter().collect();
        self.load(batch, store, ids.clone()).await?;
        let mut groups: BTreeMap<PersonId, BTreeMap<PersonId, Annotation>> = BTreeMap::new();
        for (id, annotation) in store.annotations(&ids).await? {
            groups
                .entry(root(&self.after, id))
                .or_default()
                .insert(id, annotation);
        }
        for id in persons {
            let Some(owner) = self.owner_to_publish(id) else {
                continue;
            };
            let whole = Annotation::of_all(id, groups.get(&id).unwrap_or(&BTreeMap::new()));
            if whole.version == 0 && whole.is_empty() {
                continue;
            }
            let (raise, event) = whole.next_version(owner, id);
            out.writes.push(raise);
            out.events.push(event);
        }
        Ok(())
    }

    /// Whose book a person is in, unless it is gone or stands under another.
    fn owner_to_publish(&self, id: PersonId) -> Option<AccountId> {
        match self.after.get(&id) {
            Some(person) => person.is_active().then_some(person.owner),
            // Not known yet, only that somebody was merged into it.
            None => {
                let mut members = self.after.values();
                members
                    .find(|person| person.merged_into() == Some(id))
                    .map(|person| person.owner)
            }
        }
    }
}

/// Whom `id` means among `persons`.
fn root(persons: &BTreeMap<PersonId, Person>, id: PersonId) -> PersonId {
    follow(id, |id| persons.get(&id).and_then(Person::merged_into))
}
