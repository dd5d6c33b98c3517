//! Every table, to be read row by row: what `kith doctor` finds that cannot be read.

use uuid::Uuid;

use super::{
    mail,
    rows::{self, get},
    scan::{Key, Table},
};

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "account",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| {
            get::<Option<String>>(row, "password")?;
            rows::account(row).map(drop)
        },
    },
    Table {
        name: "address",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| rows::address(row).map(drop),
    },
    Table {
        name: "session",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| rows::session(row).map(drop),
    },
    Table {
        name: "sign_in_attempt",
        key: &[Key::Text("key")],
        columns: "*",
        read: |row| rows::attempts(row).map(drop),
    },
    Table {
        name: "circle",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| rows::circle(row).map(drop),
    },
    Table {
        name: "circle_member",
        key: &[Key::Id("circle_id"), Key::Id("account_id")],
        columns: "*",
        read: |row| rows::member(row).map(drop),
    },
    Table {
        name: "invitation",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| rows::invitation(row).map(drop),
    },
    mail::TABLE,
    Table {
        name: "sample_network",
        key: &[Key::Id("asker")],
        columns: "*",
        read: |row| rows::sample(row).map(drop),
    },
    Table {
        name: "erased",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| {
            get::<Uuid>(row, "id")?;
            get::<i64>(row, "version").map(drop)
        },
    },
];
