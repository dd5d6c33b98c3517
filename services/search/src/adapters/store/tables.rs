//! Every table, to be read row by row: what `kith doctor` finds that cannot be read.

use uuid::Uuid;

use super::{
    rows,
    scan::{Key, Table, column},
};

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "account",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| {
            column::<i64>(row, "version")?;
            column::<i64>(row, "erased")?;
            column::<String>(row, "display_name").map(drop)
        },
    },
    Table {
        name: "circle",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| {
            column::<i64>(row, "version")?;
            rows::circle(row).map(drop)
        },
    },
    Table {
        name: "circle_member",
        key: &[Key::Id("account"), Key::Id("circle")],
        columns: "*",
        read: |row| column::<Uuid>(row, "circle").map(drop),
    },
];
