//! A thing as callers see and send it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::thing::Thing;

/// A thing.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Thing)]
pub(super) struct ThingBody {
    id: Uuid,
    /// Rises with every change.
    version: i64,
    /// What it is called.
    name: String,
}

impl From<&Thing> for ThingBody {
    fn from(thing: &Thing) -> Self {
        Self {
            id: thing.id,
            version: thing.version,
            name: thing.name.as_str().to_owned(),
        }
    }
}

/// What a caller says of a thing.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ThingInput {
    /// 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub(super) name: String,
}
