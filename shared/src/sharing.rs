//! How much of a book its owner shows to the members of a circle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::PersonId;

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

/// The level at which one person is shown, given the member's level and exceptions.
#[must_use]
pub fn effective(
    level: Sharing,
    exceptions: &[SharingException],
    person: PersonId,
    tags: &[String],
) -> Sharing {
    exceptions
        .iter()
        .filter(|e| {
            e.person_id == Some(person) || e.tag.as_ref().is_some_and(|tag| tags.contains(tag))
        })
        .map(|e| e.sharing)
        .min()
        .unwrap_or(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_exception_that_applies_wins_over_the_level() {
        let ada = PersonId::generate();
        let on = |person_id, tag: Option<&str>, sharing| SharingException {
            person_id,
            tag: tag.map(str::to_owned),
            sharing,
        };
        let exceptions = [
            on(Some(ada), None, Sharing::Name),
            on(None, Some("private"), Sharing::Hidden),
            on(Some(PersonId::generate()), None, Sharing::Organisation),
        ];
        let tags = ["private".to_owned()];
        assert_eq!(
            effective(Sharing::Organisation, &exceptions, ada, &[]),
            Sharing::Name
        );
        assert_eq!(
            effective(Sharing::Name, &exceptions, ada, &tags),
            Sharing::Hidden
        );
        assert_eq!(
            effective(Sharing::Name, &exceptions, PersonId::generate(), &[]),
            Sharing::Name
        );
    }
}
