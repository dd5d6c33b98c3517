//! A store as lines, and back.
//!
//! Neo4j has no snapshot: each page of nodes is read as it is then. So only what is a service's own
//! is carried, of which each node stands for itself; what is made of others' events, whose versions
//! must fit together, is told again after a restore.

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Row, Store, column};
use crate::{
    backup::{
        Backup, Lines, PIECE_BYTES, RestoreError, Versions,
        lines::{self, Cell, Head, Line, Origin},
    },
    commit::CommitError,
    migrations::Migrations,
};

/// What lines from here are marked with.
const NAME: &str = "neo4j";
/// Nodes that one query reads; rows that one writes.
const PAGE: u32 = 2_000;
/// Nodes that one query removes.
const REMOVED: u32 = 10_000;

/// Rows of a table, as SQL would keep them, in nodes and relationships.
#[derive(Clone, Copy, Debug)]
pub struct CarriedTable {
    /// The table's name in SQL.
    pub name: &'static str,
    /// Its columns, by name.
    pub columns: &'static [(&'static str, Kind)],
    /// Cypher that returns the columns of the next rows in the order of a text `row_key`, which must be
    /// larger than `$after`; of at most `$limit` keys, each with all of its rows.
    pub read: &'static str,
    /// Cypher that writes `$rows`, maps by column; given once more, it changes nothing.
    pub write: &'static str,
}

/// The kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An id, kept as its text.
    Id,
    /// A text, or nothing.
    Text,
    /// A whole number, or nothing.
    Integer,
}

/// The tables of the skeleton itself.
const OWN: &[CarriedTable] = &[
    CarriedTable {
        name: "inbox",
        columns: &[
            ("attempts", Kind::Integer),
            ("correlation", Kind::Id),
            ("due_at", Kind::Integer),
            ("envelope", Kind::Text),
            ("id", Kind::Id),
            ("kind", Kind::Text),
            ("reason", Kind::Text),
            ("state", Kind::Integer),
        ],
        read: "MATCH (n:Inbox) WHERE n.id > $after \
               AND (n.state <> 1 OR n.due_at > timestamp() * 1000 - 86400000000) \
               WITH n ORDER BY n.id LIMIT $limit \
               RETURN n.id AS row_key, coalesce(n.attempts, 0) AS attempts, \
                      n.correlation AS correlation, \
                      n.due_at AS due_at, n.envelope AS envelope, n.id AS id, n.kind AS kind, \
                      n.reason AS reason, n.state AS state",
        write: "UNWIND $rows AS row MERGE (n:Inbox {id: row.id}) SET n += row",
    },
    CarriedTable {
        name: "kept_answer",
        columns: &[
            ("account", Kind::Id),
            ("at", Kind::Integer),
            ("body", Kind::Text),
            ("fingerprint", Kind::Text),
            ("key", Kind::Text),
            ("status", Kind::Integer),
        ],
        read: "MATCH (n:KeptAnswer) WITH n, n.account + '/' + n.key AS row_key \
               WHERE row_key > $after WITH n, row_key ORDER BY row_key LIMIT $limit \
               RETURN row_key, n.account AS account, n.at AS at, n.body AS body, \
                      n.fingerprint AS fingerprint, n.key AS key, n.status AS status",
        write: "UNWIND $rows AS row MERGE (n:KeptAnswer {account: row.account, key: row.key}) \
                SET n += row",
    },
    CarriedTable {
        name: "outbox",
        columns: &[
            ("envelope", Kind::Text),
            ("id", Kind::Id),
            ("recorded_at", Kind::Integer),
        ],
        read: "MATCH (n:Outbox) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit \
               RETURN n.id AS row_key, n.envelope AS envelope, n.id AS id, \
                      n.recorded_at AS recorded_at",
        write: "UNWIND $rows AS row MERGE (n:Outbox {id: row.id}) \
                SET n += row, n.claimed_until = coalesce(n.claimed_until, 0)",
    },
];

/// The store of a service, to be carried away or filled.
#[derive(Clone)]
pub struct StoreBackup {
    store: Store,
    migrations: Migrations,
    tables: &'static [CarriedTable],
}

impl StoreBackup {
    /// Of a store that was opened with `migrations`; `tables` are what is the service's own.
    #[must_use]
    pub fn new(store: &Store, migrations: Migrations, tables: &'static [CarriedTable]) -> Self {
        Self {
            store: store.clone(),
            migrations,
            tables,
        }
    }

    fn tables(&self) -> impl Iterator<Item = &'static CarriedTable> + use<> {
        OWN.iter().chain(self.tables)
    }

    async fn versions(&self) -> Result<Versions, CommitError> {
        let mut versions = Versions::new();
        for owner in ["durable_migrations", self.migrations.table] {
            let text = "MATCH (m:Migration {owner: $owner}) RETURN max(m.version) AS version";
            let rows = self.store.run(text, json!({"owner": owner})).await?;
            let version = rows
                .first()
                .map(|row| column::<Option<i64>>(row, "version"));
            let version = version.transpose()?.flatten().unwrap_or_default();
            versions.insert(owner.to_owned(), i32::try_from(version).unwrap_or(i32::MAX));
        }
        Ok(versions)
    }

    /// The next rows of a table, and the key of the last.
    async fn page(
        &self,
        table: &CarriedTable,
        after: &str,
    ) -> Result<(Vec<Vec<Cell>>, Option<String>), CommitError> {
        let rows = self
            .store
            .run(table.read, json!({"after": after, "limit": PAGE}))
            .await?;
        let last = rows.last().map(|row| column(row, "row_key")).transpose()?;
        let cells = rows.iter().map(|row| {
            let columns = table.columns.iter();
            columns.map(|(name, kind)| cell(row, name, *kind)).collect()
        });
        Ok((cells.collect::<Result<_, _>>()?, last))
    }

    async fn has(&self, text: &str) -> Result<bool, CommitError> {
        Ok(!self.store.run(text, Value::Null).await?.is_empty())
    }
}

fn cell(row: &Row, name: &str, kind: Kind) -> Result<Cell, CommitError> {
    Ok(match kind {
        Kind::Integer => column::<Option<i64>>(row, name)?.map_or(Cell::Null, Cell::Integer),
        Kind::Text => column::<Option<String>>(row, name)?.map_or(Cell::Null, Cell::Text),
        Kind::Id => match column::<Option<Uuid>>(row, name)? {
            Some(id) => Cell::Bytes(id.into_bytes().to_vec()),
            None => Cell::Null,
        },
    })
}

/// A value as Cypher takes it.
fn value(cell: Cell, kind: Kind) -> Option<Value> {
    match (kind, cell) {
        (_, Cell::Null) => Some(Value::Null),
        (Kind::Integer, Cell::Integer(value)) => Some(value.into()),
        (Kind::Text, Cell::Text(text)) => Some(text.into()),
        (Kind::Id, Cell::Bytes(bytes)) => Some(Uuid::from_slice(&bytes).ok()?.to_string().into()),
        _ => None,
    }
}

/// Where a stream of lines is.
struct Reading {
    source: StoreBackup,
    head: Option<Origin>,
    /// The table that is read, and after which key; its columns were not said yet where there is none.
    at: usize,
    after: Option<String>,
    rows: u64,
    is_done: bool,
}

impl Reading {
    /// The next piece; none behind the end.
    async fn next(&mut self) -> Result<Option<Bytes>, CommitError> {
        let mut piece = Vec::new();
        if let Some(head) = self.head.take() {
            lines::push(&mut piece, &Head::From(head));
        }
        while piece.len() < PIECE_BYTES && !self.is_done {
            let Some(table) = self.source.tables().nth(self.at) else {
                lines::push(&mut piece, &Head::End { end: self.rows });
                self.is_done = true;
                break;
            };
            if self.after.is_none() {
                let columns = table.columns.iter().map(|(name, _)| (*name).to_owned());
                lines::push(
                    &mut piece,
                    &Head::Table {
                        table: table.name.to_owned(),
                        columns: columns.collect(),
                    },
                );
            }
            let after = self.after.take().unwrap_or_default();
            let (rows, last) = self.source.page(table, &after).await?;
            self.rows += rows.len() as u64;
            for row in &rows {
                lines::push(&mut piece, row);
            }
            self.after = last;
            if self.after.is_none() {
                self.at += 1;
            }
        }
        Ok((!piece.is_empty()).then(|| piece.into()))
    }
}

#[async_trait]
impl Backup for StoreBackup {
    async fn snapshot(&self) -> Result<Lines, CommitError> {
        let reading = Reading {
            source: self.clone(),
            head: Some(Origin {
                store: NAME.to_owned(),
                migrations: self.versions().await?,
            }),
            at: 0,
            after: None,
            rows: 0,
            is_done: false,
        };
        let pieces = stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.next().await?.map(|piece| (piece, reading)))
        });
        Ok(pieces.into_stream().boxed())
    }

    async fn begin(&self, from: &Origin) -> Result<(), RestoreError> {
        let newest = self.migrations.newest();
        if let Some(version) = from.migrations.get(self.migrations.table)
            && from.store == NAME
            && *version > newest
        {
            return Err(RestoreError::Refused(format!(
                "it is of a later version of the program: {} is at {version}, and this version knows \
                 {newest}; restore it with that version",
                self.migrations.table
            )));
        }
        if self.is_unfinished().await? {
            // In steps: one transaction would hold all of it in memory.
            let text = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lease AND NOT n:UnfinishedRestore \
                        WITH n LIMIT $limit DETACH DELETE n RETURN 1 AS one";
            let limit = json!({"limit": REMOVED});
            while !self.store.run(text, limit.clone()).await?.is_empty() {}
            return Ok(());
        }
        let there = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lease AND NOT n:Epoch \
                     RETURN 1 AS one LIMIT 1";
        if self.has(there).await? {
            return Err(RestoreError::NotEmpty("it has nodes".to_owned()));
        }
        let mark = "MERGE (n:UnfinishedRestore {id: 1})";
        self.store.run(mark, Value::Null).await?;
        Ok(())
    }

    async fn load(&self, bytes: &[u8]) -> Result<u64, RestoreError> {
        let refused = |what: String| RestoreError::Refused(what);
        if !self.is_unfinished().await? {
            return Err(refused("no restore was begun".to_owned()));
        }
        // All is looked at before anything is written: there is no transaction around many queries.
        let (mut tables, mut loaded) = (Vec::<(&CarriedTable, Vec<Value>)>::new(), 0);
        for line in lines::split(bytes) {
            let read = lines::read(line).map_err(|error| refused(error.to_string()))?;
            match read {
                Line::Row(row) => {
                    let Some((table, rows)) = tables.last_mut() else {
                        return Err(refused("a row without a table".to_owned()));
                    };
                    loaded += 1;
                    rows.push(map(table, row)?);
                }
                Line::Head(Head::Table { table, columns }) => {
                    tables.push((self.table(&table, &columns)?, Vec::new()));
                }
                Line::Head(Head::Blob { .. }) => {
                    return Err(refused("this service keeps no uploads".to_owned()));
                }
                Line::Head(Head::From(_) | Head::End { .. }) => {}
            }
        }
        for (table, rows) in tables {
            for rows in rows.chunks(PAGE as usize) {
                self.store.run(table.write, json!({"rows": rows})).await?;
            }
        }
        Ok(loaded)
    }

    async fn finish(&self, epoch: &str) -> Result<(), RestoreError> {
        let text = "MERGE (e:Epoch {id: 1}) SET e.name = $name \
                    WITH e OPTIONAL MATCH (n:UnfinishedRestore) DELETE n";
        self.store.run(text, json!({"name": epoch})).await?;
        self.store.wake.notify_one();
        Ok(())
    }

    async fn is_unfinished(&self) -> Result<bool, CommitError> {
        self.has("MATCH (n:UnfinishedRestore) RETURN 1 AS one")
            .await
    }

    async fn epoch(&self) -> Result<String, CommitError> {
        let text = "MATCH (e:Epoch {id: 1}) RETURN e.name AS name";
        let rows = self.store.run(text, Value::Null).await?;
        let name = rows.first().map(|row| column(row, "name")).transpose()?;
        Ok(name.unwrap_or_default())
    }
}

impl StoreBackup {
    fn table(&self, name: &str, columns: &[String]) -> Result<&'static CarriedTable, RestoreError> {
        let found = self.tables().find(|table| table.name == name);
        let table = found.ok_or_else(|| {
            RestoreError::Refused(format!(
                "there is no table {name} here: a later version of the program wrote it, or another \
                 service"
            ))
        })?;
        let known = table.columns.iter().map(|(column, _)| *column);
        let unknown = columns
            .iter()
            .find(|column| known.clone().all(|known| known != **column));
        if let Some(column) = unknown {
            return Err(RestoreError::Refused(format!(
                "{name} has a column {column}, which this version of the program does not know"
            )));
        }
        if !columns.iter().map(String::as_str).eq(known) {
            return Err(RestoreError::Refused(format!(
                "{name} has not all of its columns, in the order of their names"
            )));
        }
        Ok(table)
    }
}

/// A row as Cypher takes it.
fn map(table: &CarriedTable, row: Vec<Cell>) -> Result<Value, RestoreError> {
    if row.len() != table.columns.len() {
        return Err(RestoreError::Refused(format!(
            "a row of {} has {} values and the table {} columns",
            table.name,
            row.len(),
            table.columns.len()
        )));
    }
    let mut map = Map::new();
    for ((name, kind), cell) in table.columns.iter().zip(row) {
        let found = cell.kind();
        let value = value(cell, *kind).ok_or_else(|| {
            let expected = match kind {
                Kind::Id => "an id of 16 bytes",
                Kind::Text => "a text",
                Kind::Integer => "a whole number",
            };
            let table = table.name;
            RestoreError::Refused(format!(
                "{name} of {table}: expected {expected}, found {found}"
            ))
        })?;
        map.insert((*name).to_owned(), value);
    }
    Ok(map.into())
}
