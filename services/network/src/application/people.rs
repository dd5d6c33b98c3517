//! Who may see a person, and through which old ids it is known.

use std::collections::BTreeMap;

use kith_shared::{
    events::ingest::PersonState,
    ids::{AccountId, PersonId},
    sharing::Sharing,
};
use skeleton_durable::commit::CommitError;

use crate::{
    domain::{records::Person, scope::Scope},
    ports::NetworkStore,
};

/// Most merges followed from an old id to the person it is now.
const MERGES_LIMIT: usize = 64;

/// The person that `id` means now, if it is in the book of `owner`.
pub(crate) async fn own_person(
    store: &dyn NetworkStore,
    owner: AccountId,
    id: PersonId,
) -> Result<Option<Person>, CommitError> {
    Ok(survivor(store, id)
        .await?
        .filter(|person| person.owner == owner))
}

/// The person that `id` means now, if the scope sees it.
pub(crate) async fn visible_person(
    store: &dyn NetworkStore,
    scope: &Scope,
    id: PersonId,
) -> Result<Option<Person>, CommitError> {
    let Some(person) = survivor(store, id).await? else {
        return Ok(None);
    };
    if scope.owner_index(person.owner).is_none() {
        return Ok(None);
    }
    let tags = if scope.needs_tags(person.owner) {
        let old = store.merged_into(&[person.id]).await?;
        tags_of(store, &[person.id], &old)
            .await?
            .remove(&person.id)
            .unwrap_or_default()
    } else {
        Vec::new()
    };
    let seen = scope.exposure(person.owner, person.id, &tags) > Sharing::Hidden;
    Ok(seen.then_some(person))
}

async fn survivor(store: &dyn NetworkStore, id: PersonId) -> Result<Option<Person>, CommitError> {
    let mut id = id;
    for _ in 0..MERGES_LIMIT {
        let Some(person) = store.persons(&[id]).await?.pop() else {
            return Ok(None);
        };
        match person.state {
            PersonState::Active => return Ok(Some(person)),
            PersonState::Merged { into } => id = into,
            PersonState::Removed => return Ok(None),
        }
    }
    Ok(None)
}

/// The tags of persons, those on their old ids (`old`: each with the person it is now) included.
pub(crate) async fn tags_of(
    store: &dyn NetworkStore,
    persons: &[PersonId],
    old: &BTreeMap<PersonId, PersonId>,
) -> Result<BTreeMap<PersonId, Vec<String>>, CommitError> {
    let ids: Vec<PersonId> = persons.iter().chain(old.keys()).copied().collect();
    Ok(by_survivor(store.tags(&ids).await?, old))
}

/// All tags of a book by the persons that carry them now.
pub(crate) async fn tags_by_survivor(
    store: &dyn NetworkStore,
    owner: AccountId,
) -> Result<BTreeMap<PersonId, Vec<String>>, CommitError> {
    let tags = store.tags_of_book(owner).await?;
    let mut next: BTreeMap<PersonId, PersonId> = BTreeMap::new();
    let mut ids: Vec<PersonId> = tags.keys().copied().collect();
    for _ in 0..MERGES_LIMIT {
        let merged =
            store
                .persons(&ids)
                .await?
                .into_iter()
                .filter_map(|person| match person.state {
                    PersonState::Merged { into } => Some((person.id, into)),
                    PersonState::Active | PersonState::Removed => None,
                });
        let found: Vec<(PersonId, PersonId)> = merged.collect();
        ids = found
            .iter()
            .map(|(_, into)| *into)
            .filter(|into| !next.contains_key(into))
            .collect();
        next.extend(found);
        if ids.is_empty() {
            break;
        }
    }
    let mut old = BTreeMap::new();
    for id in tags.keys() {
        let mut at = *id;
        for _ in 0..MERGES_LIMIT {
            match next.get(&at) {
                Some(&into) => at = into,
                None => break,
            }
        }
        old.insert(*id, at);
    }
    Ok(by_survivor(tags, &old))
}

fn by_survivor(
    tags: BTreeMap<PersonId, Vec<String>>,
    old: &BTreeMap<PersonId, PersonId>,
) -> BTreeMap<PersonId, Vec<String>> {
    let mut all: BTreeMap<PersonId, Vec<String>> = BTreeMap::new();
    for (id, tags) in tags {
        all.entry(old.get(&id).copied().unwrap_or(id))
            .or_default()
            .extend(tags);
    }
    all
}
