//! The lines of a store, out of one snapshot.

use bytes::Bytes;
use futures::TryStreamExt as _;
use sqlx::{Connection as _, Row as _};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{
    backup::StoreBackup,
    cells::{self, Kinds},
    dialect::{Connection, NOW_MICROS},
    scan::Row,
    schema::{ordered, schema, text},
};
use crate::{
    backup::{
        PIECE_BYTES,
        lines::{self, Cell, Head, Origin},
    },
    blobs::{BlobError, ReadSeek},
    commit::CommitError,
    sql::classify,
};

/// Columns of the skeleton's tables that mean something only to the processes of now.
const CLAIMS: (&str, &str) = ("outbox", "claimed_until");
/// Bytes of a blob in one line.
const BLOB_PIECE_BYTES: usize = 192 << 10;
/// Handled events whose ids are carried, in microseconds.
const HANDLED_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// Lines that gather until they are worth sending.
pub(super) struct Sending {
    pub(super) lines: Vec<u8>,
    pub(super) rows: u64,
    pub(super) to: mpsc::Sender<Result<Bytes, CommitError>>,
}

/// Nobody reads any more.
pub(super) struct Gone;

impl Sending {
    fn head(&mut self, head: &Head) {
        lines::push(&mut self.lines, head);
    }

    async fn row(&mut self, row: &[Cell]) -> Result<(), Gone> {
        lines::push(&mut self.lines, row);
        self.rows += 1;
        if self.lines.len() >= PIECE_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        let piece = Bytes::from(std::mem::take(&mut self.lines));
        self.to.send(Ok(piece)).await.map_err(|_| Gone)
    }
}

/// Why a stream ends before its end.
pub(super) enum Broken {
    Gone,
    Failed(CommitError),
}

impl From<Gone> for Broken {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<CommitError> for Broken {
    fn from(error: CommitError) -> Self {
        Self::Failed(error)
    }
}

impl From<sqlx::Error> for Broken {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(classify(error))
    }
}

impl StoreBackup {
    /// Reads all from one snapshot; tells `opened` once that is fixed.
    pub(super) async fn read(
        &self,
        opened: oneshot::Sender<Result<(), CommitError>>,
        to: &mut Sending,
    ) -> Result<(), Broken> {
        let begun = async {
            let mut on = self.connect().await?;
            sqlx::raw_sql(cells::BEGIN_SNAPSHOT)
                .execute(&mut on)
                .await
                .map_err(classify)?;
            // The first read fixes what is seen.
            let versions = self.versions(&mut on).await?;
            Ok((on, versions))
        };
        let (mut on, versions) = match begun.await {
            Ok(begun) => begun,
            Err(error) => {
                let _ = opened.send(Err(error));
                return Err(Broken::Gone);
            }
        };
        let wanted = match &self.blobs {
            None => Vec::new(),
            Some(carried) => {
                sqlx::query_scalar::<_, Uuid>(carried.wanted)
                    .fetch_all(&mut on)
                    .await?
            }
        };
        // All are opened at once: what is deleted once it has served can often be read on.
        let mut uploads = Vec::new();
        for id in wanted {
            if let Some(carried) = &self.blobs {
                match carried.blobs.open(id).await {
                    Ok(reader) => uploads.push((id, reader)),
                    Err(error) => {
                        let _ = opened.send(Err(gone(id, error)));
                        return Err(Broken::Gone);
                    }
                }
            }
        }
        let _ = opened.send(Ok(()));
        to.head(&Head::From(Origin {
            store: cells::NAME.to_owned(),
            migrations: versions,
        }));
        for (id, reader) in uploads {
            send_blob(id, reader, to).await?;
        }
        let schema = schema(&mut on).await?;
        let tables = schema.keys().filter(|table| self.is_carried(table));
        for table in ordered(&mut on, tables).await? {
            if let Some(columns) = schema.get(&table) {
                self.send_table(&mut on, &table, columns, to).await?;
            }
        }
        to.head(&Head::End { end: to.rows });
        to.flush().await?;
        // It only read.
        let _ = on.close().await;
        Ok(())
    }
}

impl StoreBackup {
    async fn send_table(
        &self,
        on: &mut Connection,
        table: &str,
        columns: &Kinds,
        to: &mut Sending,
    ) -> Result<(), Broken> {
        let names: Vec<String> = columns
            .keys()
            .filter(|column| (table, column.as_str()) != CLAIMS)
            .cloned()
            .collect();
        to.head(&Head::Table {
            table: table.to_owned(),
            columns: names.clone(),
        });
        let mut query = format!("SELECT {} FROM {table}", names.join(", "));
        if table == "inbox" {
            query.push_str(&format!(
                " WHERE state <> 1 OR due_at > {NOW_MICROS} - {HANDLED_MICROS}"
            ));
        }
        let mut rows = sqlx::query(text(query)).persistent(false).fetch(on);
        while let Some(row) = rows.try_next().await? {
            let cells = cells_of(&row).map_err(|error| {
                CommitError::Internal(anyhow::anyhow!("a row of {table}: {error}"))
            })?;
            to.row(&cells).await?;
        }
        Ok(())
    }
}

fn cells_of(row: &Row) -> Result<Vec<Cell>, sqlx::Error> {
    (0..row.len()).map(|at| cells::cell(row, at)).collect()
}

/// An import that ended between the snapshot and now; the next snapshot does not need its file.
fn gone(id: Uuid, error: BlobError) -> CommitError {
    match error {
        BlobError::Missing => CommitError::Unavailable(format!(
            "the upload {id} was taken in at this very moment: try again"
        )),
        error => CommitError::Internal(error.into()),
    }
}

async fn send_blob(
    id: Uuid,
    mut reader: Box<dyn ReadSeek>,
    to: &mut Sending,
) -> Result<(), Broken> {
    to.head(&Head::Blob { blob: id });
    loop {
        // Reading blocks.
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = Vec::with_capacity(BLOB_PIECE_BYTES);
            let read = std::io::Read::take(&mut reader, BLOB_PIECE_BYTES as u64);
            std::io::Read::read_to_end(&mut { read }, &mut piece).map(|_| (reader, piece))
        });
        let (again, piece) = read
            .await
            .map_err(anyhow::Error::from)
            .and_then(|read| read.map_err(anyhow::Error::from))
            .map_err(|error| CommitError::Internal(error.context("reading an upload")))?;
        reader = again;
        if piece.is_empty() {
            return Ok(());
        }
        to.row(&[Cell::Bytes(piece)]).await?;
    }
}
