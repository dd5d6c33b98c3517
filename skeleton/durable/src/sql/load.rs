//! Lines on their way into a store.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use sqlx::QueryBuilder;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::io::StreamReader;
use uuid::Uuid;

use super::{
    backup::StoreBackup,
    cells::{self, Kinds},
    dialect::{Connection, Db},
};
use crate::{
    backup::{RestoreError, lines::Cell},
    blobs::BlobError,
    commit::CommitError,
    sql::classify,
};

/// Values that one statement may bind in either database, and rows that are written by one.
const BINDS: usize = 30_000;
const ROWS: usize = 500;

pub(super) fn refused(what: impl Into<String>) -> RestoreError {
    RestoreError::Refused(what.into())
}

/// Rows on their way into a table.
pub(super) struct Insert {
    table: String,
    columns: Vec<String>,
    kinds: Vec<String>,
    rows: Vec<Vec<Cell>>,
    most: usize,
}

impl StoreBackup {
    pub(super) fn insert(
        &self,
        table: String,
        columns: Vec<String>,
        schema: &BTreeMap<String, Kinds>,
    ) -> Result<Insert, RestoreError> {
        let known = schema.get(&table).filter(|_| self.is_carried(&table));
        let known = known.ok_or_else(|| {
            refused(format!(
                "there is no table {table} here: a later version of the program wrote it, or \
                 another service"
            ))
        })?;
        let kinds = columns.iter().map(|column| {
            known.get(column).cloned().ok_or_else(|| {
                let what = "which this version of the program does not know";
                refused(format!("{table} has a column {column}, {what}"))
            })
        });
        Ok(Insert {
            kinds: kinds.collect::<Result<_, _>>()?,
            most: (BINDS / columns.len().max(1)).clamp(1, ROWS),
            table,
            columns,
            rows: Vec::new(),
        })
    }

    pub(super) fn upload_of(&self, id: Uuid) -> Result<Upload, RestoreError> {
        let carried = self.blobs.clone();
        let carried = carried.ok_or_else(|| refused("this service keeps no uploads"))?;
        let (pieces, mut coming) = mpsc::channel::<Bytes>(2);
        let source = stream::poll_fn(move |cx| coming.poll_recv(cx)).map(Ok::<_, std::io::Error>);
        let source = Box::pin(StreamReader::new(source));
        let storing =
            tokio::spawn(
                async move { carried.blobs.put(id, source, u64::MAX >> 1).await.map(drop) },
            );
        Ok(Upload {
            id,
            pieces,
            storing,
        })
    }
}

impl Insert {
    pub(super) async fn row(
        &mut self,
        row: Vec<Cell>,
        on: &mut Connection,
    ) -> Result<(), RestoreError> {
        if row.len() != self.columns.len() {
            return Err(refused(format!(
                "a row of {} has {} values and the table {} columns",
                self.table,
                row.len(),
                self.columns.len()
            )));
        }
        self.rows.push(row);
        if self.rows.len() >= self.most {
            self.flush(on).await?;
        }
        Ok(())
    }

    pub(super) async fn flush(&mut self, on: &mut Connection) -> Result<(), RestoreError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let names = self.columns.join(", ");
        let mut query = QueryBuilder::<Db>::new("INSERT INTO ");
        query.push(&self.table).push(format!(" ({names}) VALUES "));
        for (n, row) in self.rows.drain(..).enumerate() {
            query.push(if n > 0 { ", (" } else { "(" });
            for (at, (kind, cell)) in self.kinds.iter().zip(row).enumerate() {
                query.push(if at > 0 { ", " } else { "" });
                let found = cell.kind();
                cells::bind(&mut query, kind, cell).map_err(|expected| {
                    let (table, column) = (&self.table, &self.columns[at]);
                    refused(format!(
                        "{column} of {table}: expected {expected}, found {found}"
                    ))
                })?;
            }
            query.push(")");
        }
        // The same lines may come twice, if the answer was lost.
        query.push(" ON CONFLICT DO NOTHING");
        let query = query.build().persistent(false);
        query.execute(on).await.map_err(classify)?;
        Ok(())
    }
}

/// A blob that is being stored while its pieces come.
pub(super) struct Upload {
    pub(super) id: Uuid,
    pieces: mpsc::Sender<Bytes>,
    storing: JoinHandle<Result<(), BlobError>>,
}

impl Upload {
    pub(super) async fn piece(&mut self, row: Vec<Cell>) -> Result<(), RestoreError> {
        let [Cell::Bytes(piece)] = <[Cell; 1]>::try_from(row).unwrap_or([Cell::Null]) else {
            return Err(refused("a piece of an upload is not bytes"));
        };
        // Who stores it has failed where it takes no more: that is told at its end.
        let _ = self.pieces.send(piece.into()).await;
        Ok(())
    }

    /// Nothing of it is to stay.
    pub(super) fn give_up(self) {
        self.storing.abort();
    }

    pub(super) async fn finish(self) -> Result<(), RestoreError> {
        drop(self.pieces);
        let stored = self.storing.await.map_err(anyhow::Error::from);
        let stored = stored.and_then(|stored| stored.map_err(anyhow::Error::from));
        stored.map_err(|error| {
            CommitError::Internal(error.context(format!("storing the upload {}", self.id))).into()
        })
    }
}
