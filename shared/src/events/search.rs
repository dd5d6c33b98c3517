//! Published by the service `search`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skeleton_envelope::Event;
use uuid::Uuid;

use crate::ids::{AccountId, ImportId};

/// Search has applied everything that an import published: it can be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportApplied {
    /// The import.
    pub import_id: ImportId,
    /// Whose it is.
    pub account_id: AccountId,
    /// How many of its events could not be applied and wait, parked, for a human.
    pub parked: u64,
}

impl Event for ImportApplied {
    const TYPE: &'static str = "search.import-applied";
    fn subject(&self) -> String {
        self.import_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        1
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id.0)
    }
}
