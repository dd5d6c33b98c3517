//! What is asked of the index, in words that every index understands.

use kith_shared::ids::{AccountId, PersonId};
use serde::{Deserialize, Serialize};

use super::document::Document;

/// How much of a person the asker may see, and so: which texts are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Organisation and title.
    Organisation,
    /// The name as well.
    Name,
    /// Everything: the asker's own book.
    Own,
}

impl Scope {
    /// All, from most to least.
    pub const ALL: [Self; 3] = [Self::Own, Self::Name, Self::Organisation];

    /// Quarters of a point that decide between equal matches: own people come first, and people
    /// without a name do not stand among those with one.
    #[must_use]
    pub const fn quarters(self) -> u32 {
        match self {
            Self::Organisation => 1,
            Self::Name => 2,
            Self::Own => 3,
        }
    }

    /// In which scope somebody was found who matched so well: words count whole points.
    #[must_use]
    pub fn of_quarters(quarters: u32) -> Option<Self> {
        let is_of = |scope: &Self| scope.quarters() == quarters % 4;
        Self::ALL.into_iter().find(is_of)
    }
}

/// The place of a person without a name among others without one, who match as well and are as
/// warm: made of nothing but the id, which those who are shown the person know. Neither the name
/// nor anything else that they are not shown has a say. It is scrambled, since ids follow the order
/// in which people were added, and files are often sorted by name.
#[must_use]
pub fn place_without_name(id: PersonId) -> u128 {
    let mut hasher = blake3::Hasher::new_derive_key("kith search: places of people without a name");
    hasher.update(id.0.as_bytes());
    let mut place = [0; 16];
    hasher.finalize_xof().fill(&mut place);
    u128::from_be_bytes(place)
}

/// The place as text that sorts alike.
#[must_use]
pub fn place_as_text(place: u128) -> String {
    format!("{place:032x}")
}

/// Persons by id or by tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// By id; an id that was merged into another means the other as well.
    pub persons: Vec<PersonId>,
    /// By one of these tags.
    pub tags: Vec<String>,
}

impl Marks {
    /// Whether nobody is marked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty() && self.tags.is_empty()
    }
}

/// People of one book that may be seen in one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub account: AccountId,
    /// How much of them.
    pub scope: Scope,
    /// Nobody of these.
    pub except: Marks,
    /// Only these, where given.
    pub only: Option<Marks>,
}

/// How well a word matches: points, more is better. Names count more than the rest, whole words
/// more than beginnings, and typos least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Points {
    /// The word as it is.
    pub whole: u32,
    /// A word that begins so.
    pub prefix: u32,
    /// A word that begins almost so.
    pub typo: u32,
}

/// In a name.
pub const IN_NAME: Points = Points {
    whole: 6,
    prefix: 4,
    typo: 2,
};
/// Elsewhere.
pub const ELSEWHERE: Points = Points {
    whole: 5,
    prefix: 3,
    typo: 1,
};

/// A search for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Every one must match; none means everybody.
    pub words: Vec<String>,
    /// Who may be found.
    pub grants: Vec<Grant>,
    /// Where the page begins.
    pub after: Option<After>,
    /// Most people to find.
    pub limit: usize,
}

/// The last person of the page before. It says nothing that its reader may not see: the index looks
/// the place up by the id, if the person is still granted in the scope in which it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// How well it matched.
    pub quarters: u32,
    /// Who it was.
    pub id: PersonId,
}

/// One found person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// How well it matches, in quarters of a point.
    pub quarters: u32,
    /// Who it is.
    pub document: Document,
}

/// A page of found people: best match first, then warmest, then by name; those without a name by
/// [`place_without_name`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// At most as many as were asked for.
    pub hits: Vec<Hit>,
    /// How many match in all.
    pub total: u64,
}
