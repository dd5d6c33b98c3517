//! Cases of the policy, for tests: histories of merges, exceptions on old and on present ids, and
//! what is to be seen at the end. Every service that answers by the policy runs them at its border.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Sharing, SharingException};
use crate::{
    events::{
        ingest::{Connection, Employment, PersonChanged, PersonState},
        users::CircleMember,
    },
    ids::{AccountId, PersonId},
};

/// Where everybody of the cases works.
pub const ORGANISATION: &str = "Analytical Engines";

/// Whom an exception is about.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// The person of this name.
    Person(&'static str),
    /// Everybody who carries this tag.
    Tag(&'static str),
}

/// What an owner does to its book.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The first is merged into the second.
    Merge(&'static str, &'static str),
    /// The person is parted from the one that it was merged into.
    Part(&'static str),
}

/// One case. Persons go by names; at first each stands for itself.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What it is about; unique.
    pub title: &'static str,
    /// What the owner shows of its book.
    pub level: Sharing,
    /// The exceptions from it.
    pub exceptions: &'static [(On, Sharing)],
    /// Tags, on the ids on which they were put.
    pub tags: &'static [(&'static str, &'static str)],
    /// What happens to the persons, in this order.
    pub history: &'static [Step],
    /// How much the others see at the end of everybody who then stands for itself.
    pub shown: &'static [(&'static str, Sharing)],
}

/// All of them.
#[must_use]
pub fn all() -> &'static [Case] {
    CASES
}

use On::{Person, Tag};
use Sharing::{Hidden, Name, Organisation};
use Step::{Merge, Part};

const CASES: &[Case] = &[
    Case {
        title: "nothing was merged: the lowest exception wins over the level",
        level: Organisation,
        exceptions: &[
            (Person("ada"), Name),
            (Person("bea"), Name),
            (Tag("private"), Hidden),
        ],
        tags: &[("bea", "private")],
        history: &[],
        shown: &[("ada", Name), ("bea", Hidden), ("cleo", Organisation)],
    },
    Case {
        title: "who is hidden stays hidden when merged into another",
        level: Name,
        exceptions: &[(Person("ada"), Hidden)],
        tags: &[],
        history: &[Merge("ada", "bea")],
        shown: &[("bea", Hidden), ("cleo", Name)],
    },
    Case {
        title: "who is hidden stays hidden when another is merged into it",
        level: Name,
        exceptions: &[(Person("bea"), Hidden)],
        tags: &[],
        history: &[Merge("ada", "bea")],
        shown: &[("bea", Hidden), ("cleo", Name)],
    },
    Case {
        title: "who is shown without name stays so when merged into another",
        level: Name,
        exceptions: &[(Person("ada"), Organisation)],
        tags: &[],
        history: &[Merge("ada", "bea")],
        shown: &[("bea", Organisation)],
    },
    Case {
        title: "an exception that shows more holds on after a merge",
        level: Hidden,
        exceptions: &[(Person("ada"), Name)],
        tags: &[],
        history: &[Merge("ada", "bea")],
        shown: &[("bea", Name), ("cleo", Hidden)],
    },
    Case {
        title: "of conflicting exceptions on old and present id the lowest wins",
        level: Name,
        exceptions: &[(Person("ada"), Hidden), (Person("bea"), Name)],
        tags: &[],
        history: &[Merge("ada", "bea")],
        shown: &[("bea", Hidden)],
    },
    Case {
        title: "of conflicting exceptions on present and old id the lowest wins",
        level: Name,
        exceptions: &[(Person("ada"), Name), (Person("bea"), Organisation)],
        tags: &[],
        history: &[Merge("ada", "bea")],
        shown: &[("bea", Organisation)],
    },
    Case {
        title: "after parting each exception means its own person again",
        level: Name,
        exceptions: &[(Person("ada"), Hidden)],
        tags: &[],
        history: &[Merge("ada", "bea"), Part("ada")],
        shown: &[("ada", Hidden), ("bea", Name)],
    },
    Case {
        title: "a chain of merges carries the exception to its end",
        level: Name,
        exceptions: &[(Person("ada"), Hidden)],
        tags: &[],
        history: &[Merge("ada", "bea"), Merge("bea", "cleo")],
        shown: &[("cleo", Hidden), ("dora", Name)],
    },
    Case {
        title: "two chains that meet keep the lowest of their exceptions",
        level: Name,
        exceptions: &[(Person("ada"), Organisation), (Person("cleo"), Hidden)],
        tags: &[],
        history: &[
            Merge("ada", "bea"),
            Merge("cleo", "dora"),
            Merge("bea", "dora"),
        ],
        shown: &[("dora", Hidden)],
    },
    Case {
        title: "parting the middle of a chain takes along what was merged into it",
        level: Name,
        exceptions: &[(Person("ada"), Hidden)],
        tags: &[],
        history: &[Merge("ada", "bea"), Merge("bea", "cleo"), Part("bea")],
        shown: &[("bea", Hidden), ("cleo", Name)],
    },
    Case {
        title: "a tag on an old id hides the person that it is now",
        level: Name,
        exceptions: &[(Tag("private"), Hidden)],
        tags: &[("ada", "private")],
        history: &[Merge("ada", "bea")],
        shown: &[("bea", Hidden), ("cleo", Name)],
    },
    Case {
        title: "a tag goes with its person when parted",
        level: Name,
        exceptions: &[(Tag("private"), Hidden)],
        tags: &[("ada", "private")],
        history: &[Merge("ada", "bea"), Part("ada")],
        shown: &[("ada", Hidden), ("bea", Name)],
    },
    Case {
        title: "of a tag on an old id and an exception on the present one the lowest wins",
        level: Hidden,
        exceptions: &[(Tag("open"), Name), (Person("bea"), Organisation)],
        tags: &[("ada", "open")],
        history: &[Merge("ada", "bea")],
        shown: &[("bea", Organisation)],
    },
];

impl Case {
    /// The id of a person; no two cases have one in common.
    #[must_use]
    pub fn id(&self, name: &str) -> PersonId {
        let text = format!("{}/{name}", self.title);
        PersonId(Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()))
    }

    /// What `owner` shows.
    #[must_use]
    pub fn member(&self, owner: AccountId) -> CircleMember {
        let exception = |(on, sharing): &(On, Sharing)| SharingException {
            person_id: match on {
                Person(name) => Some(self.id(name)),
                Tag(_) => None,
            },
            tag: match on {
                Person(_) => None,
                Tag(tag) => Some((*tag).to_owned()),
            },
            sharing: *sharing,
        };
        CircleMember {
            account_id: owner,
            display_name: "The Owner".to_owned(),
            since: Timestamp::UNIX_EPOCH,
            sharing: self.level,
            exceptions: self.exceptions.iter().map(exception).collect(),
        }
    }

    /// What ingest publishes of the book: first everybody, then what each step changes.
    #[must_use]
    pub fn events(&self, owner: AccountId) -> Vec<Vec<PersonChanged>> {
        let mut merged: BTreeMap<&str, &str> = BTreeMap::new();
        let mut known: BTreeMap<&str, PersonChanged> = BTreeMap::new();
        let mut published = Vec::new();
        for step in std::iter::once(None).chain(self.history.iter().map(Some)) {
            match step {
                Some(Merge(old, into)) => drop(merged.insert(old, into)),
                Some(Part(old)) => drop(merged.remove(old)),
                None => {}
            }
            let mut changed = Vec::new();
            for name in self.names() {
                let mut person = self.event(owner, name, &merged);
                match known.get(name) {
                    Some(before) => person.version = before.version,
                    None => person.version = 0,
                }
                if known.get(name) != Some(&person) {
                    person.version += 1;
                    known.insert(name, person.clone());
                    changed.push(person);
                }
            }
            published.push(changed);
        }
        published
    }

    /// A person as it is at the end.
    ///
    /// # Panics
    /// When the case has no person of this name.
    #[must_use]
    pub fn person(&self, name: &str, owner: AccountId) -> PersonChanged {
        let id = self.id(name);
        let all = self.events(owner);
        let mut of_the_person = all.iter().flatten().filter(|it| it.person_id == id);
        of_the_person
            .next_back()
            .cloned()
            .expect("every person of a case is published at first")
    }

    /// The tags on all ids that a person has at the end.
    #[must_use]
    pub fn tags_of(&self, name: &str) -> Vec<String> {
        let aliases = self.person(name, AccountId(Uuid::nil())).aliases;
        let is_on = |on: &str| on == name || aliases.contains(&self.id(on));
        let tags = self.tags.iter().filter(|(on, _)| is_on(on));
        tags.map(|(_, tag)| (*tag).to_owned()).collect()
    }

    fn names(&self) -> Vec<&'static str> {
        let in_history = self.history.iter().flat_map(|step| match step {
            Merge(old, into) => vec![*old, *into],
            Part(old) => vec![*old],
        });
        let mut names: Vec<&str> = self.shown.iter().map(|(name, _)| *name).collect();
        names.extend(in_history);
        names.sort_unstable();
        names.dedup();
        names
    }

    fn event(&self, owner: AccountId, name: &str, merged: &BTreeMap<&str, &str>) -> PersonChanged {
        let id = self.id(name);
        let mut person = PersonChanged {
            person_id: id,
            account_id: owner,
            version: 0,
            state: PersonState::Active,
            display_name: name.to_owned(),
            other_names: Vec::new(),
            emails: Vec::new(),
            phones: Vec::new(),
            employments: vec![Employment {
                organisation: ORGANISATION.to_owned(),
                title: None,
                current: true,
            }],
            labels: Vec::new(),
            keys: Vec::new(),
            connections: vec![Connection {
                source: "vcard".to_owned(),
                class: None,
                since: None,
            }],
            aliases: Vec::new(),
        };
        if let Some(into) = merged.get(name) {
            person.state = PersonState::Merged {
                into: self.id(into),
            };
            return person;
        }
        let stands_for = |old: &&str| {
            let mut at = *old;
            while let Some(into) = merged.get(at) {
                at = into;
            }
            at == name
        };
        let old = merged.keys().copied().filter(stands_for);
        person.aliases = old.map(|old| self.id(old)).collect();
        person
    }
}
