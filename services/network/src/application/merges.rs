//! Whom an id means now: persons are merged into others, which may have been merged themselves.

use std::collections::BTreeMap;

use kith_shared::{events::ingest::PersonState, ids::PersonId};
use skeleton_durable::commit::CommitError;

use crate::{domain::records::Person, ports::Store};

/// Most merges followed from an old id to the person it is now: events that came in another order
/// can make a ring of them for a while.
pub(crate) const MERGES_LIMIT: usize = 64;

/// Whom `id` means now, where `into` says whom an id was merged into.
pub(crate) fn follow(mut id: PersonId, into: impl Fn(PersonId) -> Option<PersonId>) -> PersonId {
    for _ in 0..MERGES_LIMIT {
        match into(id) {
            Some(next) => id = next,
            None => break,
        }
    }
    id
}

/// The person that `id` means now, if there is one.
pub(crate) async fn survivor(
    store: &dyn Store,
    mut id: PersonId,
) -> Result<Option<Person>, CommitError> {
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

/// Whom those of `ids` mean now that were merged into another. Ids that are `known` to stand for
/// themselves are not asked for.
pub(crate) async fn survivors(
    store: &dyn Store,
    ids: impl IntoIterator<Item = PersonId>,
    known: impl Fn(PersonId) -> bool,
) -> Result<BTreeMap<PersonId, PersonId>, CommitError> {
    let ids: Vec<PersonId> = ids.into_iter().filter(|id| !known(*id)).collect();
    let mut next: BTreeMap<PersonId, PersonId> = BTreeMap::new();
    let mut wanted = ids.clone();
    for _ in 0..MERGES_LIMIT {
        if wanted.is_empty() {
            break;
        }
        let persons = store.persons(&wanted).await?;
        wanted.clear();
        for person in persons {
            if let Some(into) = person.merged_into() {
                next.insert(person.id, into);
                wanted.push(into);
            }
        }
        wanted.retain(|id| !known(*id) && !next.contains_key(id));
    }
    let now = |id| (id, follow(id, |old| next.get(&old).copied()));
    let all = ids.into_iter().map(now);
    Ok(all.filter(|(id, now)| id != now).collect())
}
