//! A thing, and the event of it, in the next version.

use serde::{Deserialize, Serialize};
use skeleton_envelope::Event;
use template::domain::thing::ThingChanged as VersionBefore;
use uuid::Uuid;

/// What new things are painted in; those of the version before are plain, as the migration says.
pub(crate) const NEW: &str = "green";

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Thing {
    pub(crate) id: Uuid,
    #[serde(skip)]
    pub(crate) account: Uuid,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) colour: String,
}

/// The event of the same type with a field more, which events of the version before lack.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ThingChanged {
    pub(crate) thing_id: Uuid,
    pub(crate) account_id: Uuid,
    pub(crate) version: i64,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) colour: Option<String>,
}

impl From<&Thing> for ThingChanged {
    fn from(thing: &Thing) -> Self {
        Self {
            thing_id: thing.id,
            account_id: thing.account,
            version: thing.version,
            name: thing.name.clone(),
            colour: Some(thing.colour.clone()),
        }
    }
}

impl Event for ThingChanged {
    const TYPE: &'static str = VersionBefore::TYPE;
    const SCHEMA_VERSION: u16 = VersionBefore::SCHEMA_VERSION + 1;
    fn subject(&self) -> String {
        self.thing_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id)
    }
}
