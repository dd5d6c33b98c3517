//! Who may see a person, and through which old ids it is known.

use std::collections::{BTreeMap, BTreeSet};

use kith_shared::{
    ids::{AccountId, PersonId},
    sharing::Sharing,
};
use skeleton_durable::commit::CommitError;

use super::merges::{survivor, survivors};
use crate::{
    domain::{
        records::{Marks, Person},
        scope::Scope,
    },
    ports::Store,
};

/// The person that `id` means now, if it is in the book of `owner`.
pub(crate) async fn own_person(
    store: &dyn Store,
    owner: AccountId,
    id: PersonId,
) -> Result<Option<Person>, CommitError> {
    Ok(survivor(store, id)
        .await?
        .filter(|person| person.owner == owner))
}

/// The person that `id` means now, if the scope sees it.
pub(crate) async fn visible_person(
    store: &dyn Store,
    scope: &Scope,
    id: PersonId,
) -> Result<Option<Person>, CommitError> {
    let Some(person) = survivor(store, id).await? else {
        return Ok(None);
    };
    if scope.owner_index(person.owner).is_none() {
        return Ok(None);
    }
    let marks = if scope.has_exceptions(person.owner) {
        let old = store.merged_into(&[person.id]).await?;
        let mut marks = marks_of(store, scope, [&person], &old).await?;
        marks.remove(&person.id).unwrap_or_default()
    } else {
        Marks::default()
    };
    let seen = scope.exposure(&person, &marks) > Sharing::Hidden;
    Ok(seen.then_some(person))
}

/// By what exceptions can mean these persons, whose old ids are the keys of `old`, each with the
/// person that it is now. Read `old` after `persons`, so that no merge is known by half.
pub(crate) async fn marks_of<'p>(
    store: &dyn Store,
    scope: &Scope,
    persons: impl IntoIterator<Item = &'p Person>,
    old: &BTreeMap<PersonId, PersonId>,
) -> Result<BTreeMap<PersonId, Marks>, CommitError> {
    let mut now: BTreeMap<PersonId, PersonId> = old.clone();
    let mut tagged = Vec::new();
    for person in persons {
        now.extend(person.aliases.iter().map(|alias| (*alias, person.id)));
        if scope.needs_tags(person.owner) {
            tagged.push(person.id);
        }
    }
    let tags = if tagged.is_empty() {
        BTreeMap::new()
    } else {
        tagged.extend(now.keys());
        store.tags(&tagged).await?
    };
    let ids = now.keys().copied().collect();
    Ok(grouped(&now, ids, tags))
}

/// By what the exceptions of a scope can mean persons, for everybody whom one of them means by an
/// old id or a tag. Two scopes of one key that give the same mean the same persons.
pub(crate) async fn marks_of_all(
    store: &dyn Store,
    scope: &Scope,
) -> Result<BTreeMap<PersonId, Marks>, CommitError> {
    let (mut ids, mut tags) = (BTreeSet::new(), BTreeMap::new());
    for &owner in scope.owners() {
        ids.extend(scope.excepted_ids(owner));
        if !scope.needs_tags(owner) {
            continue;
        }
        let wanted = scope.excepted_tags(owner);
        for (id, mut on) in store.tags_of_book(owner).await? {
            on.retain(|tag| wanted.contains(tag.as_str()));
            if !on.is_empty() {
                tags.insert(id, on);
            }
        }
    }
    let all: BTreeSet<PersonId> = ids.iter().chain(tags.keys()).copied().collect();
    let now = survivors(store, all, |_| false).await?;
    Ok(grouped(&now, ids, tags))
}

/// Ids and tags by the persons that they are of now.
fn grouped(
    now: &BTreeMap<PersonId, PersonId>,
    ids: BTreeSet<PersonId>,
    tags: BTreeMap<PersonId, Vec<String>>,
) -> BTreeMap<PersonId, Marks> {
    let mut all: BTreeMap<PersonId, Marks> = BTreeMap::new();
    for id in ids {
        if let Some(&survivor) = now.get(&id) {
            all.entry(survivor).or_default().old_ids.push(id);
        }
    }
    for (id, tags) in tags {
        let survivor = now.get(&id).copied().unwrap_or(id);
        all.entry(survivor).or_default().tags.extend(tags);
    }
    all
}
