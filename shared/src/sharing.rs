//! How much of a book its owner shows to the members of a circle.
//!
//! The policy stands here once, because several services answer by it; [`cases`] are what each of
//! them is held to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{events::users::CircleMember, ids::PersonId};

pub mod cases;

/// How much is shown; ordered from nothing to most.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// Nothing: no path of another member runs through this book.
    #[default]
    Hidden,
    /// Organisation and title, no name.
    Organisation,
    /// The name as well.
    Name,
}

/// An exception from a member's level, for one person or for all that carry a tag.
///
/// Where several apply, the lowest level wins: an exception meant to hide must not be undone by
/// one that was meant for others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingException {
    /// The person it is about, or none if it is about a tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// The tag it is about, or none if it is about a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The level for those.
    pub sharing: Sharing,
}

/// A person as a policy sees it. Old ids count as much as the one that it has now: whoever hides a
/// person hides it for good, also when it is merged into another, by hand or by an import.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The id that it has now.
    pub id: PersonId,
    /// Ids that were merged into it, through any number of merges.
    pub old_ids: &'a [PersonId],
    /// The tags on all of its ids.
    pub tags: &'a [String],
}

impl Subject<'_> {
    fn is_meant_by(&self, exception: &SharingException) -> bool {
        let by_id = |id: &PersonId| *id == self.id || self.old_ids.contains(id);
        exception.person_id.as_ref().is_some_and(by_id)
            || exception
                .tag
                .as_ref()
                .is_some_and(|tag| self.tags.contains(tag))
    }
}

/// How much the others see of a person, given everything that its owner shows of its book in the
/// circles that they have in common: in each the lowest exception that means the person, otherwise
/// the level; of several circles the most open one. Nothing where there is no common circle.
///
/// This is the whole policy. Whoever must know how much of a person is seen asks here.
#[must_use]
pub fn exposure<'m>(
    memberships: impl IntoIterator<Item = &'m CircleMember>,
    subject: Subject<'_>,
) -> Sharing {
    memberships
        .into_iter()
        .map(|member| in_one_circle(member, subject))
        .max()
        .unwrap_or_default()
}

fn in_one_circle(member: &CircleMember, subject: Subject<'_>) -> Sharing {
    member
        .exceptions
        .iter()
        .filter(|exception| subject.is_meant_by(exception))
        .map(|exception| exception.sharing)
        .min()
        .unwrap_or(member.sharing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;

    #[test]
    fn every_case_holds() {
        for case in cases::all() {
            let owner = AccountId::generate();
            let member = case.member(owner);
            for (name, wanted) in case.shown {
                let person = case.person(name, owner);
                let subject = Subject {
                    id: person.person_id,
                    old_ids: &person.aliases,
                    tags: &case.tags_of(name),
                };
                assert_eq!(
                    exposure([&member], subject),
                    *wanted,
                    "{}: {name}",
                    case.title
                );
            }
        }
    }

    #[test]
    fn of_several_circles_the_most_open_counts_and_of_none_nothing_is_seen() {
        let subject = Subject {
            id: PersonId::generate(),
            old_ids: &[],
            tags: &[],
        };
        let shows = |sharing| CircleMember {
            sharing,
            exceptions: Vec::new(),
            ..cases::all()[0].member(AccountId::generate())
        };
        let (hidden, open) = (shows(Sharing::Hidden), shows(Sharing::Organisation));
        assert_eq!(exposure([&hidden, &open], subject), Sharing::Organisation);
        assert_eq!(exposure([], subject), Sharing::Hidden);
    }
}
