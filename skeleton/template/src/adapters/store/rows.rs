//! Rows as what they mean.

use skeleton_durable::{commit::CommitError, stored::Unreadable};
use uuid::Uuid;

use super::scan::{Key, Row, Table, column};
use crate::domain::thing::{Name, Thing};

/// Every table, to be read row by row: what `kith doctor` finds that cannot be read.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "thing",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| thing(row).map(drop),
    },
    Table {
        name: "activity",
        key: &[Key::Id("account")],
        columns: "*",
        read: |row| column::<i64>(row, "changes").map(drop),
    },
];

/// A row that cannot be read is an error that names it, never a default.
pub(super) fn thing(row: &Row) -> Result<Thing, CommitError> {
    let id: Uuid = column(row, "id")?;
    let (account, version) = (column(row, "account")?, column(row, "version")?);
    let name = Name::parse(column(row, "name")?)
        .map_err(|error| Unreadable::new("thing", id, format!("name: {error}")))?;
    Ok(Thing {
        id,
        account,
        version,
        name,
    })
}
