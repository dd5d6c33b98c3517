//! Tables, columns and values of any PostgreSQL database, as lines carry them.

use std::collections::BTreeMap;

use sqlx::{Column as _, Postgres, QueryBuilder, Row as _, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

use super::scan::Row;
use crate::backup::lines::Cell;

/// What lines from here are marked with.
pub(super) const NAME: &str = "postgres";

/// The kinds of a table's columns, by name.
pub(super) type Kinds = BTreeMap<String, String>;

/// From here on a connection sees one state, from its first read.
pub(super) const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Table, column and its kind, for every column of every table.
pub(super) const COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text, c.udt_name::text \
     FROM information_schema.columns c \
     JOIN information_schema.tables t USING (table_schema, table_name) \
     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'";

/// Which table refers to which.
pub(super) const REFERENCES: &str = "SELECT f.relname::text, t.relname::text FROM pg_constraint k \
     JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid \
     WHERE k.contype = 'f' AND f.relnamespace = current_schema()::regnamespace";

/// A value of a row.
pub(super) fn cell(row: &Row, at: usize) -> Result<Cell, sqlx::Error> {
    if row.try_get_raw(at)?.is_null() {
        return Ok(Cell::Null);
    }
    Ok(match row.column(at).type_info().name() {
        "INT8" => Cell::Integer(row.try_get(at)?),
        "INT4" => Cell::Integer(i64::from(row.try_get::<i32, _>(at)?)),
        "FLOAT8" => Cell::Real(row.try_get(at)?),
        "TEXT" | "VARCHAR" => Cell::Text(row.try_get(at)?),
        "BYTEA" => Cell::Bytes(row.try_get(at)?),
        "UUID" => Cell::Bytes(row.try_get::<Uuid, _>(at)?.into_bytes().to_vec()),
        other => {
            let what = format!("a value of the kind {other}");
            return Err(sqlx::Error::Decode(what.into()));
        }
    })
}

/// Binds a value for a column of this kind; else what the column expects.
pub(super) fn bind(
    query: &mut QueryBuilder<Postgres>,
    kind: &str,
    cell: Cell,
) -> Result<(), &'static str> {
    match (kind, cell) {
        ("int8", Cell::Null) => query.push_bind(None::<i64>),
        ("int8", Cell::Integer(value)) => query.push_bind(value),
        ("float8", Cell::Null) => query.push_bind(None::<f64>),
        ("float8", Cell::Real(value)) => query.push_bind(value),
        ("text", Cell::Null) => query.push_bind(None::<String>),
        ("text", Cell::Text(text)) if text.contains('\0') => {
            return Err("a text without the character zero, which PostgreSQL cannot keep");
        }
        ("text", Cell::Text(text)) => query.push_bind(text),
        ("bytea", Cell::Null) => query.push_bind(None::<Vec<u8>>),
        ("bytea", Cell::Bytes(bytes)) => query.push_bind(bytes),
        ("uuid", Cell::Null) => query.push_bind(None::<Uuid>),
        ("uuid", Cell::Bytes(bytes)) => {
            let id = Uuid::from_slice(&bytes).map_err(|_| "an id of 16 bytes")?;
            query.push_bind(id)
        }
        ("int8", _) => return Err("a whole number"),
        ("float8", _) => return Err("a number with a fraction"),
        ("text", _) => return Err("a text"),
        ("uuid", _) => return Err("an id of 16 bytes"),
        ("bytea", _) => return Err("bytes"),
        _ => return Err("a column of a kind that is carried"),
    };
    Ok(())
}
