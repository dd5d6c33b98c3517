//! The JSON that stands in columns. The version before reads what this one writes, and this one
//! everything in `tests/golden`.

use jiff::Timestamp;
use kith_shared::ids::AccountId;
use serde::{Deserialize, Serialize};
use skeleton_durable::stored::Stored;

use crate::domain::notification::Member;

/// `circle.members`: who is in it since when. Replaced as a whole by each newer version of the
/// circle, never changed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredMembers(Vec<StoredMember>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StoredMember {
    account_id: AccountId,
    /// Always empty: not needed here, and expected by earlier versions.
    #[serde(default)]
    display_name: String,
    since: Timestamp,
    /// Whatever was written: not needed here, and expected by earlier versions.
    #[serde(default = "hidden")]
    sharing: serde_json::Value,
    /// Always empty: not needed here, and expected by earlier versions.
    #[serde(default)]
    exceptions: Vec<serde_json::Value>,
}

fn hidden() -> serde_json::Value {
    "hidden".into()
}

impl Stored for StoredMembers {
    const TABLE: &'static str = "circle";
    const COLUMN: &'static str = "members";
}

impl StoredMembers {
    pub(super) fn of(members: &[Member]) -> Self {
        let stored = members.iter().map(|member| StoredMember {
            account_id: member.account_id,
            display_name: String::new(),
            since: member.since,
            sharing: hidden(),
            exceptions: Vec::new(),
        });
        Self(stored.collect())
    }

    /// Without their names.
    pub(super) fn members(self) -> Vec<Member> {
        let members = self.0.into_iter().map(|stored| Member {
            account_id: stored.account_id,
            display_name: stored.display_name,
            since: stored.since,
        });
        members.collect()
    }
}

#[cfg(test)]
mod tests {
    use skeleton_durable::stored::golden::Golden;

    use super::*;

    #[test]
    fn every_stored_form_is_read_for_ever() {
        let mut golden = Golden::of(env!("CARGO_MANIFEST_DIR"));
        golden.holds(&StoredMembers::of(&[Member {
            account_id: AccountId("01890a5d-ac96-774b-bcce-b302099a8001".parse().unwrap()),
            display_name: "Ada".to_owned(),
            since: "2026-05-01T12:00:00Z".parse().unwrap(),
        }]));
        golden.finish();
    }
}
