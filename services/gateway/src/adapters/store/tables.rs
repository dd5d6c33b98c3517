//! Every table, to be read row by row: what `kith doctor` finds that cannot be read.

use super::{
    rows,
    scan::{Key, Table, column},
};

/// How the rows of each table are read.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "live",
        key: &[Key::Id("account"), Key::Number("id")],
        columns: "*",
        read: |row| {
            column::<String>(row, "event")?;
            column::<String>(row, "data").map(drop)
        },
    },
    Table {
        name: "live_head",
        key: &[Key::Id("account")],
        columns: "*",
        read: |row| {
            column::<i64>(row, "newest")?;
            column::<i64>(row, "at").map(drop)
        },
    },
    Table {
        name: "account",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| {
            column::<Option<String>>(row, "email")?;
            column::<i64>(row, "version").map(drop)
        },
    },
    Table {
        name: "allowance",
        key: &[Key::Text("name")],
        columns: "*",
        read: |row| column::<i64>(row, "full_at").map(drop),
    },
    Table {
        name: "task",
        key: &[Key::Text("name")],
        columns: "*",
        read: |row| rows::task(row).map(drop),
    },
    Table {
        name: "task_clock",
        key: &[Key::Number("id")],
        columns: "*",
        read: |row| rows::task_clock(row).map(drop),
    },
];
