//! Tables, columns and values of any SQLite file, as lines carry them.

use std::collections::BTreeMap;

use sqlx::{
    Decode, QueryBuilder, Row as _, Sqlite, TypeInfo as _, ValueRef as _, error::BoxDynError,
    sqlite::SqliteValueRef,
};

use super::scan::Row;
use crate::backup::lines::Cell;

/// What lines from here are marked with.
pub(super) const NAME: &str = "sqlite";

/// The declared kinds of a table's columns, by name.
pub(super) type Kinds = BTreeMap<String, String>;

/// From here on a connection sees one state, from its first read.
pub(super) const BEGIN_SNAPSHOT: &str = "BEGIN";

/// Table, column and its kind, for every column of every table.
pub(super) const COLUMNS: &str = "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c \
     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";

/// Which table refers to which.
pub(super) const REFERENCES: &str = "SELECT m.name, f.\"table\" FROM sqlite_master m, pragma_foreign_key_list(m.name) f \
     WHERE m.type = 'table'";

/// A value of a row.
pub(super) fn cell(row: &Row, at: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info();
    let decoded = match kind.name() {
        "INTEGER" => read::<i64>(value).map(Cell::Integer),
        "REAL" => read::<f64>(value).map(Cell::Real),
        "TEXT" => read::<String>(value).map(Cell::Text),
        "BLOB" => read::<Vec<u8>>(value).map(Cell::Bytes),
        other => Err(format!("a value of the kind {other}").into()),
    };
    decoded.map_err(sqlx::Error::Decode)
}

fn read<'r, T: Decode<'r, Sqlite>>(value: SqliteValueRef<'r>) -> Result<T, BoxDynError> {
    T::decode(value)
}

/// Binds a value for a column of this kind; else what the column expects.
pub(super) fn bind(
    query: &mut QueryBuilder<Sqlite>,
    kind: &str,
    cell: Cell,
) -> Result<(), &'static str> {
    match (kind, cell) {
        (_, Cell::Null) => query.push_bind(None::<i64>),
        ("INTEGER" | "BIGINT", Cell::Integer(value)) => query.push_bind(value),
        ("REAL", Cell::Real(value)) => query.push_bind(value),
        ("TEXT", Cell::Text(text)) => query.push_bind(text),
        ("BLOB" | "UUID" | "BYTEA", Cell::Bytes(bytes)) => query.push_bind(bytes),
        ("INTEGER" | "BIGINT", _) => return Err("a whole number"),
        ("REAL", _) => return Err("a number with a fraction"),
        ("TEXT", _) => return Err("a text"),
        _ => return Err("bytes"),
    };
    Ok(())
}
