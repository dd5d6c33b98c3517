//! The JSON that stands in columns. The version before reads what this one writes, and this one
//! everything in `tests/golden`.

use kith_shared::open::OpenMember;
use serde::{Deserialize, Serialize};
use skeleton_durable::stored::Stored;

use crate::domain::visibility::Circle;

/// `circle.body`: who takes part and what they show, with what this version does not know of it.
/// Replaced as a whole by each newer version of the circle, never changed.
#[derive(Serialize, Deserialize)]
pub(in crate::adapters) struct StoredCircle {
    pub(in crate::adapters) members: Vec<OpenMember>,
}

impl Stored for StoredCircle {
    const TABLE: &'static str = "circle";
    const COLUMN: &'static str = "body";
}

impl StoredCircle {
    pub(in crate::adapters) fn circle(self) -> Circle {
        Circle {
            members: self.members.iter().map(OpenMember::member).collect(),
        }
    }
}
