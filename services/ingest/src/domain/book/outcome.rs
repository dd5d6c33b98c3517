//! What a decision comes to: rows to save and events to publish.

use std::collections::BTreeSet;

use kith_shared::{
    events::ingest::{PersonChanged, PersonState},
    ids::{AccountId, PersonId},
    keys::KeyHasher,
};

use super::{Book, Changes, Person};
use crate::domain::{field::FieldName, key::Key, profile::Profile};

/// A finished decision on a book.
#[derive(Debug)]
pub struct Decision {
    /// What to write.
    pub changes: Changes,
    /// Persons to save, each with its root.
    pub saved: Vec<(Person, PersonId)>,
    /// What to publish.
    pub events: Vec<PersonChanged>,
    /// The version that was loaded: nobody else may have changed the book since.
    pub version: i64,
}

impl Book {
    /// What was last published of a person that is loaded.
    #[must_use]
    pub fn published(&self, id: PersonId, hasher: &KeyHasher) -> Option<PersonChanged> {
        let (person, root) = (self.persons.get(&id)?, self.root(id)?);
        let (profile, members) = self.seen_as(id, root);
        Some(event(self.account, person, root, profile, &members, hasher))
    }

    /// The profile and the members of a person that holds; nothing of one that was merged.
    fn seen_as(&self, id: PersonId, root: PersonId) -> (Option<Profile>, BTreeSet<PersonId>) {
        if root == id {
            (Some(self.profile(root)), self.members(root))
        } else {
            (None, BTreeSet::new())
        }
    }

    /// What a person is called by what came to it alone.
    pub(super) fn own_name(&self, id: PersonId) -> String {
        let records = self.records.get(&id).into_iter().flatten();
        Profile::of(records).display_name
    }

    /// What was changed, and the events that say so. Versions are raised by one.
    #[must_use]
    pub fn finish(mut self, hasher: &KeyHasher) -> Decision {
        let touched = self.changes.touched.clone();
        let mut events = Vec::with_capacity(touched.len());
        let mut saved = Vec::with_capacity(touched.len());
        for id in touched {
            let Some(root) = self.root(id) else { continue };
            let (profile, members) = self.seen_as(id, root);
            // Who was joined on arrival never held for anybody, and has a name all the same.
            let own = profile.is_none().then(|| self.own_name(id));
            let Some(person) = self.persons.get_mut(&id) else {
                continue;
            };
            person.version += 1;
            if let Some(profile) = &profile {
                person.display_name.clone_from(&profile.display_name);
            } else if let Some(own) = own.filter(|_| person.display_name.is_empty()) {
                person.display_name = own;
            }
            saved.push((person.clone(), root));
            events.push(event(self.account, person, root, profile, &members, hasher));
        }
        Decision {
            changes: self.changes,
            saved,
            events,
            version: self.version,
        }
    }
}

fn event(
    account: AccountId,
    person: &Person,
    root: PersonId,
    profile: Option<Profile>,
    members: &BTreeSet<PersonId>,
    hasher: &KeyHasher,
) -> PersonChanged {
    let state = if root == person.id {
        PersonState::Active
    } else {
        PersonState::Merged { into: root }
    };
    let profile = profile.unwrap_or_default();
    let texts = |name| profile.values(name).map(str::to_owned).collect();
    PersonChanged {
        person_id: person.id,
        account_id: account,
        version: person.version,
        state,
        other_names: profile.other_names(),
        emails: texts(FieldName::Email),
        phones: texts(FieldName::Phone),
        employments: profile.published_employments(),
        keys: profile
            .keys
            .iter()
            .filter_map(Key::strong)
            .map(|key| hasher.hash(&key))
            .collect(),
        aliases: members
            .iter()
            .copied()
            .filter(|member| *member != person.id)
            .collect(),
        display_name: profile.display_name,
        labels: profile.labels,
        connections: profile.connections,
    }
}
