//! Every row of a store, read page by page to find those that cannot be.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::{Store, commit::from_text, dialect::Db, store::within};
use crate::{
    commit::CommitError,
    sql::{classify, number},
    stored::{Examine, Examined, Place, Unreadable, moment, reason},
};

/// A row of this database.
pub type Row = <Db as sqlx::Database>::Row;

/// A table of a service, and how the service reads a row of it.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its primary key, in the order of its columns.
    pub key: &'static [Key],
    /// What is selected: `*`, or what `read` expects; the key must be among it.
    pub columns: &'static str,
    /// Reads a row as the service does. What it says of the row's table and key is not needed.
    pub read: fn(&Row) -> Result<(), CommitError>,
}

/// A column of a primary key.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// A UUID.
    Id(&'static str),
    /// An integer.
    Number(&'static str),
    /// A text.
    Text(&'static str),
    /// Bytes.
    Bytes(&'static str),
}

/// The tables of the skeleton itself.
const OWN: &[Table] = &[
    Table {
        name: "outbox",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| {
            let id: Uuid = column(row, "id")?;
            from_text("outbox", id, column(row, "envelope")?)?;
            moment(column(row, "recorded_at")?, ("outbox", "recorded_at"), id)?;
            Ok(())
        },
    },
    Table {
        name: "inbox",
        key: &[Key::Id("id")],
        columns: "*",
        read: super::inbox::examine,
    },
    Table {
        name: "kept_answer",
        key: &[Key::Id("account"), Key::Text("key")],
        columns: "*",
        read: |row| super::commit::answer(row).map(drop),
    },
    Table {
        name: "epoch",
        key: &[Key::Number("id")],
        columns: "*",
        read: |row| column::<String>(row, "name").map(drop),
    },
    Table {
        name: "lease",
        key: &[Key::Text("name")],
        columns: "*",
        read: |row| {
            column::<Uuid>(row, "holder")?;
            column::<i64>(row, "until")?;
            Ok(())
        },
    },
];

/// A column of a row by its name.
///
/// # Errors
/// When it is not there, or of another type.
pub fn column<'r, T>(row: &'r Row, name: &str) -> Result<T, CommitError>
where
    T: sqlx::Decode<'r, Db> + sqlx::Type<Db>,
{
    row.try_get(name).map_err(classify)
}

/// Rows that are due and can be read, for work that goes row by row: reminders that fall due,
/// letters that leave. Those that cannot are logged and stay; where a whole page of them stands in
/// front, the next page is read. `text` selects them; it binds the moment in microseconds, how many
/// rows, and from which on.
///
/// # Errors
/// When the store cannot be reached or fails.
pub async fn readable_due<T: Send>(
    store: &Store,
    text: &'static str,
    now: Timestamp,
    limit: usize,
    read: fn(&Row) -> Result<T, CommitError>,
) -> Result<Vec<T>, CommitError> {
    let limit = number(limit);
    let mut offset = 0;
    loop {
        let rows = sqlx::query(text)
            .bind(now.as_microsecond())
            .bind(limit)
            .bind(offset)
            .fetch_all(store.reader())
            .await
            .map_err(classify)?;
        let full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= limit);
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            match read(row) {
                Ok(one) => found.push(one),
                Err(error) => tracing::error!(%error, "a row is left out, see `kith doctor`"),
            }
        }
        if !found.is_empty() || !full {
            return Ok(found);
        }
        offset += limit;
    }
}

/// A store with the tables of its service, to be examined.
#[derive(Clone, Debug)]
pub struct Scan {
    store: Store,
    tables: &'static [Table],
}

impl Scan {
    /// Of `store`; the tables of the skeleton need not be named.
    #[must_use]
    pub fn new(store: Store, tables: &'static [Table]) -> Self {
        Self { store, tables }
    }

    async fn page(
        &self,
        table: &Table,
        after: &[String],
        limit: u32,
    ) -> Result<Vec<Row>, CommitError> {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query.push(table.columns).push(" FROM ").push(table.name);
        if !after.is_empty() {
            query.push(" WHERE (").push(names(table.key)).push(") > (");
            for (at, (key, value)) in table.key.iter().zip(after).enumerate() {
                query.push(if at > 0 { ", " } else { "" });
                bind(&mut query, *key, value)?;
            }
            query.push(")");
        }
        query.push(" ORDER BY ").push(names(table.key));
        query.push(" LIMIT ").push_bind(i64::from(limit));
        within(async {
            // Not kept: a later version adds columns, and PostgreSQL refuses a kept plan of `*` then.
            query
                .build()
                .persistent(false)
                .fetch_all(self.store.reader())
                .await
                .map_err(classify)
        })
        .await
    }
}

#[async_trait]
impl Examine for Scan {
    async fn examine(&self, after: Option<&Place>, limit: u32) -> Result<Examined, CommitError> {
        let tables: Vec<&Table> = OWN.iter().chain(self.tables).collect();
        let (at, key) = match after {
            None => (0, [].as_slice()),
            Some(place) => (begin(&tables, place)?, place.key.as_slice()),
        };
        let Some(table) = tables.get(at) else {
            return Ok(Examined::default());
        };
        let rows = self.page(table, key, limit).await?;
        let mut found = Examined {
            rows: rows.len() as u64,
            ..Examined::default()
        };
        let mut last = None;
        for row in &rows {
            last = key_of(table, row);
            if let Err(error) = (table.read)(row) {
                let name = last.as_ref().map_or("?".to_owned(), |key| key.join("/"));
                let unreadable = Unreadable::new(table.name, name, reason(error));
                found.unreadable.push(unreadable);
            }
        }
        let full = rows.len() >= limit as usize;
        if full && last.is_none() {
            let what = "the key of this row; what follows in this table was not read";
            found
                .unreadable
                .push(Unreadable::new(table.name, "?", what));
        }
        found.next = match last.filter(|_| full) {
            Some(key) => Some((table, key)),
            None => tables.get(at + 1).map(|next| (next, Vec::new())),
        }
        .map(|(table, key)| Place {
            table: table.name.to_owned(),
            key,
        });
        Ok(found)
    }
}

/// Which table a place is in.
fn begin(tables: &[&Table], place: &Place) -> Result<usize, CommitError> {
    let at = tables.iter().position(|table| {
        table.name == place.table && (place.key.is_empty() || place.key.len() == table.key.len())
    });
    at.ok_or_else(|| CommitError::Internal(anyhow::anyhow!("no table {}", place.table)))
}

fn names(key: &[Key]) -> String {
    let names = key.iter().map(|key| match key {
        Key::Id(name) | Key::Number(name) | Key::Text(name) | Key::Bytes(name) => *name,
    });
    names.collect::<Vec<_>>().join(", ")
}

/// The key of a row as text; none where it cannot be read.
fn key_of(table: &Table, row: &Row) -> Option<Vec<String>> {
    let value = |key: &Key| match key {
        Key::Id(name) => column::<Uuid>(row, name).map(|id| id.to_string()),
        Key::Number(name) => column::<i64>(row, name).map(|number| number.to_string()),
        Key::Text(name) => column::<String>(row, name),
        Key::Bytes(name) => column::<Vec<u8>>(row, name).map(|bytes| hex(&bytes)),
    };
    table.key.iter().map(|key| value(key).ok()).collect()
}

/// Binds what [`key_of`] made of a value.
fn bind(query: &mut QueryBuilder<Db>, key: Key, value: &str) -> Result<(), CommitError> {
    let bad = || CommitError::Internal(anyhow::anyhow!("no key of {key:?}: {value}"));
    match key {
        Key::Id(_) => query.push_bind(value.parse::<Uuid>().map_err(|_| bad())?),
        Key::Number(_) => query.push_bind(value.parse::<i64>().map_err(|_| bad())?),
        Key::Text(_) => query.push_bind(value.to_owned()),
        Key::Bytes(_) => query.push_bind(unhex(value).ok_or_else(bad)?),
    };
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |at: usize| text.get(at..at + 2);
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(digit(at)?, 16).ok())
        .collect()
}
