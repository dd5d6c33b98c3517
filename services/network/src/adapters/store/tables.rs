//! Every table, to be read row by row: what `kith doctor` finds that cannot be read.

use skeleton_durable::{
    sql::sqlite::scan::{Key, Table, column},
    stored::moment,
};
use uuid::Uuid;

use super::rows;

/// The tables, in the order in which they are examined.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "account",
        key: &[Key::Id("account_id")],
        columns: "account_id, version, display_name, verified, erased, changes, account_at, tags_at",
        read: |row| {
            for count in ["erased", "changes", "account_at", "tags_at"] {
                column::<i64>(row, count)?;
            }
            rows::account(row).map(drop)
        },
    },
    Table {
        name: "circle",
        key: &[Key::Id("circle_id")],
        columns: "circle_id, version, name, members",
        read: |row| rows::circle(row).map(drop),
    },
    Table {
        name: "circle_member",
        key: &[Key::Id("account_id"), Key::Id("circle_id")],
        columns: "*",
        read: |row| column::<Uuid>(row, "circle_id").map(drop),
    },
    Table {
        name: "person",
        key: &[Key::Id("person_id")],
        columns: rows::PERSON,
        read: |row| rows::person(row).map(drop),
    },
    Table {
        name: "interactions",
        key: &[
            Key::Id("account_id"),
            Key::Id("person_id"),
            Key::Id("other_id"),
        ],
        columns: rows::INTERACTIONS,
        read: |row| rows::interactions(row).map(drop),
    },
    Table {
        name: "band",
        key: &[Key::Id("person_id")],
        columns: rows::BAND,
        read: |row| rows::band(row).map(drop),
    },
    Table {
        name: "annotation",
        key: &[Key::Id("person_id")],
        columns: "*",
        read: |row| {
            column::<Uuid>(row, "account_id")?;
            column::<i64>(row, "version").map(drop)
        },
    },
    Table {
        name: "tag",
        key: &[Key::Id("person_id"), Key::Text("tag")],
        columns: "*",
        read: |row| column::<Uuid>(row, "account_id").map(drop),
    },
    Table {
        name: "note",
        key: &[Key::Id("note_id")],
        columns: "*",
        read: |row| {
            let id: Uuid = column(row, "note_id")?;
            column::<Uuid>(row, "person_id")?;
            column::<String>(row, "text")?;
            moment(column(row, "created_at")?, ("note", "created_at"), id)?;
            Ok(())
        },
    },
    Table {
        name: "applied_import",
        key: &[Key::Id("import_id")],
        columns: "*",
        read: |row| column::<Uuid>(row, "account_id").map(drop),
    },
];
