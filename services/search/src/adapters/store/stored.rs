//! The JSON that stands in columns. The version before reads what this one writes, and this one
//! everything in `tests/golden`.

use jiff::Timestamp;
use kith_shared::{
    events::users::CircleMember,
    ids::{AccountId, PersonId},
    sharing::{Sharing, SharingException},
};
use serde::{Deserialize, Serialize};
use skeleton_durable::stored::{Open, Stored};

use crate::domain::visibility::Circle;

/// `circle.body`: who takes part and what they show. Replaced as a whole by each newer version of
/// the circle, never changed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredCircle {
    members: Vec<StoredMember>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StoredMember {
    account_id: AccountId,
    display_name: String,
    since: Timestamp,
    sharing: Open<Sharing>,
    #[serde(default)]
    exceptions: Vec<StoredException>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StoredException {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    sharing: Open<Sharing>,
}

impl Stored for StoredCircle {
    const TABLE: &'static str = "circle";
    const COLUMN: &'static str = "body";
}

/// A level that only a later version knows shows nothing: consent is never guessed.
fn level(sharing: Open<Sharing>) -> Sharing {
    sharing.known().unwrap_or(Sharing::Hidden)
}

impl StoredCircle {
    pub(super) fn of(members: &[CircleMember]) -> Self {
        let exception = |exception: &SharingException| StoredException {
            person_id: exception.person_id,
            tag: exception.tag.clone(),
            sharing: Open::Known(exception.sharing),
        };
        let members = members.iter().map(|member| StoredMember {
            account_id: member.account_id,
            display_name: member.display_name.clone(),
            since: member.since,
            sharing: Open::Known(member.sharing),
            exceptions: member.exceptions.iter().map(exception).collect(),
        });
        Self {
            members: members.collect(),
        }
    }

    pub(super) fn circle(self) -> Circle {
        let exception = |stored: StoredException| SharingException {
            person_id: stored.person_id,
            tag: stored.tag,
            sharing: level(stored.sharing),
        };
        let members = self.members.into_iter().map(|stored| CircleMember {
            account_id: stored.account_id,
            display_name: stored.display_name,
            since: stored.since,
            sharing: level(stored.sharing),
            exceptions: stored.exceptions.into_iter().map(exception).collect(),
        });
        Circle {
            members: members.collect(),
        }
    }
}
