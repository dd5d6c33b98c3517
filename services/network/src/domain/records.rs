//! The state that events brought, as the rules read it.

use std::borrow::Cow;

use kith_shared::{
    events::{
        ingest::{Connection, Employment, InteractionBucket, PersonState},
        users::{AccountAddress, CircleMember},
    },
    ids::{AccountId, CircleId, PersonId},
    keys::KeyHash,
};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// Of the publisher.
    pub version: i64,
    /// How it calls itself.
    pub display_name: String,
    /// The keys that it has proven; only these make it stand for a person.
    pub verified: Vec<KeyHash>,
}

impl Account {
    /// The keys among `addresses` that are proven.
    #[must_use]
    pub fn verified_of(addresses: &[AccountAddress]) -> Vec<KeyHash> {
        addresses
            .iter()
            .filter(|a| a.verified)
            .map(|a| a.key.clone())
            .collect()
    }
}

/// A circle and who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    pub id: CircleId,
    /// Of the publisher.
    pub version: i64,
    pub name: String,
    /// Its members and what they share.
    pub members: Vec<CircleMember>,
}

/// A person of a book, without what nobody here needs: addresses stay away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub owner: AccountId,
    /// Of the publisher.
    pub version: i64,
    /// In the book, merged, or gone.
    pub state: PersonState,
    /// The name; empty unless active.
    pub display_name: String,
    /// Current first; empty unless active.
    pub employments: Vec<Employment>,
    /// Strong keys, hashed; empty unless active.
    pub keys: Vec<KeyHash>,
    /// Lists that the person stands in; empty unless active.
    pub connections: Vec<Connection>,
    /// Ids that were merged into it, as the event said that gave it all the rest: so it is never
    /// known by what came of a merge without being known by the ids that were merged.
    pub aliases: Vec<PersonId>,
}

/// What exceptions can mean a person by, beside the id that it has now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Ids that were merged into it, as their own events said.
    pub old_ids: Vec<PersonId>,
    /// The tags on all of its ids.
    pub tags: Vec<String>,
}

impl Marks {
    /// Of somebody who is known by one id alone.
    pub const NONE: &'static Self = &Self {
        old_ids: Vec::new(),
        tags: Vec::new(),
    };

    /// Every old id of the person, whichever event came first.
    #[must_use]
    pub fn old_ids_of<'a>(&'a self, person: &'a Person) -> Cow<'a, [PersonId]> {
        if self.old_ids.is_empty() {
            Cow::Borrowed(&person.aliases)
        } else {
            Cow::Owned([self.old_ids.as_slice(), &person.aliases].concat())
        }
    }
}

impl Person {
    /// Whether the person stands for itself.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == PersonState::Active
    }

    /// Whom the person was merged into.
    #[must_use]
    pub fn merged_into(&self) -> Option<PersonId> {
        match self.state {
            PersonState::Merged { into } => Some(into),
            PersonState::Active | PersonState::Removed => None,
        }
    }

    /// Where they work, or worked last.
    #[must_use]
    pub fn organisation(&self) -> Option<&str> {
        let employments = &self.employments;
        employments
            .iter()
            .find(|job| job.current)
            .or_else(|| employments.first())
            .map(|job| job.organisation.as_str())
    }
}

/// All interactions of one pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interactions {
    /// Whose sources say so.
    pub owner: AccountId,
    pub person: PersonId,
    /// The other end; the owner where none.
    pub other: Option<PersonId>,
    /// Of the publisher.
    pub version: i64,
    pub buckets: Vec<InteractionBucket>,
}
