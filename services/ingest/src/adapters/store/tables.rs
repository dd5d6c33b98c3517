//! Every table, to be read row by row as the service reads it: what `kith doctor` finds that cannot
//! be read.

use skeleton_durable::commit::CommitError;
use uuid::Uuid;

use super::{
    rows::{self, DbRow, Reading},
    scan::{Key, Table},
};

/// The tables, in the order in which they are examined.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "account",
        key: &[Key::Id("id")],
        columns: rows::ACCOUNT,
        read: |row| Ok(rows::account_of(row).map(drop)?),
    },
    Table {
        name: "import",
        key: &[Key::Id("id")],
        columns: rows::IMPORT,
        read: |row| Ok(rows::import_of(row).map(drop)?),
    },
    Table {
        name: "upload",
        key: &[Key::Id("id")],
        columns: "id, account, began_at",
        read: upload,
    },
    Table {
        name: "receipt",
        key: &[Key::Id("import"), Key::Number("ordinal")],
        columns: rows::LINE,
        read: |row| Ok(rows::line_of(row).map(drop)?),
    },
    Table {
        name: "person",
        key: &[Key::Id("id")],
        columns: rows::PERSON,
        read: |row| Ok(rows::person_of(row).map(drop)?),
    },
    Table {
        name: "different",
        key: &[Key::Id("account"), Key::Id("a"), Key::Id("b")],
        columns: "account, a, b",
        read: |row| ids(row, "different", &["account", "a", "b"]),
    },
    Table {
        name: "record",
        key: &[Key::Id("id")],
        columns: rows::RECORD,
        read: |row| {
            rows::record_of(row)?;
            Ok(rows::stored_record_of(row).map(drop)?)
        },
    },
    Table {
        name: "person_key",
        key: &[Key::Id("account"), Key::Text("key"), Key::Id("record")],
        columns: "account, key, record, home",
        read: |row| ids(row, "person_key", &["account", "record", "home"]),
    },
    Table {
        name: "message",
        key: &[Key::Id("account"), Key::Bytes("hash")],
        columns: "account, hash",
        read: |row| ids(row, "message", &["account"]),
    },
    Table {
        name: "correspondent",
        key: &[Key::Id("account"), Key::Text("key")],
        columns: rows::CORRESPONDENT,
        read: |row| Ok(rows::correspondent_of(row).map(drop)?),
    },
    Table {
        name: "bucket",
        key: &[
            Key::Id("account"),
            Key::Text("a"),
            Key::Text("b"),
            Key::Text("channel"),
            Key::Number("month"),
            Key::Number("group_size"),
        ],
        columns: rows::BUCKET,
        read: |row| Ok(rows::tally_of(row).map(drop)?),
    },
    Table {
        name: "pair",
        key: &[Key::Id("account"), Key::Id("person"), Key::Id("other")],
        columns: rows::PAIR,
        read: |row| Ok(rows::pair_of(row).map(drop)?),
    },
    Table {
        name: "stale",
        key: &[Key::Id("import"), Key::Id("account"), Key::Id("person")],
        columns: "import, account, person",
        read: |row| ids(row, "stale", &["import", "account", "person"]),
    },
];

fn upload(row: &DbRow) -> Result<(), CommitError> {
    let row = Reading::of(row, "upload", &["id"]);
    row.get::<Uuid>("account")?;
    row.moment("began_at")?;
    Ok(())
}

/// Of a table that holds little but ids.
fn ids(row: &DbRow, table: &'static str, columns: &[&'static str]) -> Result<(), CommitError> {
    let row = Reading::of(row, table, &[]);
    for column in columns {
        row.get::<Uuid>(column)?;
    }
    Ok(())
}
