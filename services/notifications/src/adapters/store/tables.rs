//! Every table, to be read row by row: what `kith doctor` finds that cannot be read.

use uuid::Uuid;

use super::{
    mail, rows,
    scan::{Key, Table, column},
};

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "reminder",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| rows::reminder(row).map(drop),
    },
    Table {
        name: "notification",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| rows::notification(row).map(drop),
    },
    Table {
        name: "preferences",
        key: &[Key::Id("account")],
        columns: "*",
        read: |row| rows::preferences(row).map(drop),
    },
    mail::TABLE,
    Table {
        name: "account",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| {
            column::<i64>(row, "version")?;
            column::<i64>(row, "erased")?;
            rows::contact(row).map(drop)
        },
    },
    Table {
        name: "circle",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| rows::circle(row).map(drop),
    },
    Table {
        name: "invitation",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| {
            column::<Uuid>(row, "id")?;
            column::<i64>(row, "version").map(drop)
        },
    },
];
