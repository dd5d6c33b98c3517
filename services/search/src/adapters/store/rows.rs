//! Rows as the domain reads them. One that cannot be read is an error that names it.

use skeleton_durable::{commit::CommitError, stored};
use uuid::Uuid;

use super::scan::{Row, column};
use crate::{adapters::store::stored::StoredCircle, domain::visibility::Circle};

/// A circle; whoever cannot know what is shared shows nothing.
pub(super) fn circle(row: &Row) -> Result<Circle, CommitError> {
    let id: Uuid = column(row, "id")?;
    let stored: StoredCircle = stored::read(column(row, "body")?, id)?;
    Ok(stored.circle())
}
