//! The port through which a store is carried away or filled.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{
    Store,
    carry::{Broken, Sending},
    cells,
    dialect::Connection,
    load::{Insert, Upload, refused},
    schema::{ordered, run, schema, text},
};
use crate::{
    backup::{
        Backup, CarriedBlobs, Lines, PIECE_BYTES, RestoreError, Tables, Versions,
        lines::{self, Head, Line, Origin},
    },
    commit::CommitError,
    migrations::Migrations,
    sql::classify,
};

/// There only while a restore is unfinished.
const UNFINISHED: &str = "restore_unfinished";
/// What means something only to the processes of now, or is carried otherwise.
const NOT_CARRIED: &[&str] = &["lease", "epoch", "blob", "blob_piece", UNFINISHED];

/// The store of a service, to be carried away or filled.
#[derive(Clone)]
pub struct StoreBackup {
    store: Store,
    migrations: Migrations,
    pub(super) tables: Tables,
    pub(super) blobs: Option<CarriedBlobs>,
    /// The blob whose pieces are being loaded.
    upload: Arc<Mutex<Option<Upload>>>,
}

impl StoreBackup {
    /// Of a store that was opened with `migrations`.
    #[must_use]
    pub fn new(store: &Store, migrations: Migrations, tables: Tables) -> Self {
        Self {
            store: store.clone(),
            migrations,
            tables,
            blobs: None,
            upload: Arc::default(),
        }
    }

    /// Blobs go along.
    #[must_use]
    pub fn with_blobs(mut self, blobs: CarriedBlobs) -> Self {
        self.blobs = Some(blobs);
        self
    }

    /// A connection of its own: one that readers use would be missed for as long as this takes.
    pub(super) async fn connect(&self) -> Result<Connection, CommitError> {
        let options = self.store.reader().connect_options();
        options.connect().await.map_err(classify)
    }

    /// The same, to write.
    async fn connect_writer(&self) -> Result<Connection, CommitError> {
        let options = self.store.writer().connect_options();
        options.connect().await.map_err(classify)
    }

    pub(super) fn is_carried(&self, table: &str) -> bool {
        let bookkeeping = ["durable_migrations", self.migrations.table];
        if NOT_CARRIED.contains(&table) || bookkeeping.contains(&table) {
            return false;
        }
        match self.tables {
            Tables::AllBut(left_out) => !left_out.contains(&table),
            Tables::Only(carried) => {
                carried.contains(&table) || ["outbox", "inbox", "kept_answer"].contains(&table)
            }
        }
    }

    pub(super) async fn versions(&self, on: &mut Connection) -> Result<Versions, CommitError> {
        let mut versions = Versions::new();
        for owner in ["durable_migrations", self.migrations.table] {
            let newest: Option<i32> =
                sqlx::query(text(format!("SELECT max(version) FROM {owner}")))
                    .fetch_one(&mut *on)
                    .await
                    .and_then(|row| row.try_get(0))
                    .map_err(classify)?;
            versions.insert(owner.to_owned(), newest.unwrap_or_default());
        }
        Ok(versions)
    }
}

#[async_trait]
impl Backup for StoreBackup {
    async fn snapshot(&self) -> Result<Lines, CommitError> {
        // Few, so that who reads slowly is waited for.
        let (to, pieces) = mpsc::channel(2);
        let (opened, is_open) = oneshot::channel();
        let source = self.clone();
        tokio::spawn(async move {
            let mut sending = Sending {
                lines: Vec::with_capacity(PIECE_BYTES + 4096),
                rows: 0,
                to,
            };
            if let Err(Broken::Failed(error)) = source.read(opened, &mut sending).await {
                let _ = sending.to.send(Err(error)).await;
            }
        });
        let opened = is_open.await;
        opened.unwrap_or_else(|_| {
            Err(CommitError::Unavailable("the process is ending".to_owned()))
        })?;
        let pieces = stream::unfold(pieces, |mut pieces| async move {
            pieces.recv().await.map(|piece| (piece, pieces))
        });
        Ok(pieces.boxed())
    }

    async fn begin(&self, from: &Origin) -> Result<(), RestoreError> {
        let mut on = self.connect_writer().await?;
        let there = schema(&mut on).await?;
        if !there.contains_key(UNFINISHED) {
            for table in there.keys().filter(|table| self.is_carried(table)) {
                let row = sqlx::query(text(format!("SELECT 1 FROM {table} LIMIT 1")))
                    .fetch_optional(&mut on)
                    .await
                    .map_err(classify)?;
                if row.is_some() {
                    return Err(RestoreError::NotEmpty(format!("{table} has rows")));
                }
            }
        }
        let own = [super::store::MIGRATIONS, self.migrations];
        let mut targets = Vec::new();
        for owner in own {
            let newest = owner.newest();
            let target = match from.migrations.get(owner.table) {
                Some(version) if from.store == cells::NAME => *version,
                _ => newest,
            };
            if target > newest {
                return Err(RestoreError::Refused(format!(
                    "it is of a later version of the program: {} is at {target}, and this version \
                     knows {newest}; restore it with that version",
                    owner.table
                )));
            }
            targets.push((owner, target));
        }
        if let Some(unfinished) = self.upload.lock().await.take() {
            unfinished.give_up();
        }
        let mut reversed = ordered(&mut on, there.keys()).await?;
        reversed.reverse();
        // All or nothing: half of its tables would be no store that anybody can open.
        let mut transaction = on.begin().await.map_err(classify)?;
        if !there.contains_key(UNFINISHED) {
            let create = format!("CREATE TABLE {UNFINISHED} (begun BIGINT NOT NULL)");
            run(&mut transaction, create).await?;
        }
        for table in reversed.iter().filter(|table| *table != UNFINISHED) {
            run(&mut transaction, format!("DROP TABLE {table}")).await?;
        }
        transaction.commit().await.map_err(classify)?;
        for (owner, target) in targets {
            owner
                .run_to(&mut super::migrator::Migrator(&mut on), target)
                .await
                .map_err(|error| CommitError::Internal(error.into()))?;
        }
        on.close().await.map_err(classify)?;
        Ok(())
    }

    async fn load(&self, bytes: &[u8]) -> Result<u64, RestoreError> {
        let mut on = self.connect_writer().await?;
        let schema = schema(&mut on).await?;
        if !schema.contains_key(UNFINISHED) {
            return Err(RestoreError::Refused("no restore was begun".to_owned()));
        }
        let mut transaction = on.begin().await.map_err(classify)?;
        let mut insert: Option<Insert> = None;
        let mut upload = self.upload.lock().await;
        let mut rows = 0;
        for line in lines::split(bytes) {
            let read = lines::read(line).map_err(|error| refused(error.to_string()))?;
            match read {
                Line::Row(row) => {
                    rows += 1;
                    match (&mut insert, &mut *upload) {
                        (Some(insert), _) => insert.row(row, &mut transaction).await?,
                        (None, Some(upload)) => upload.piece(row).await?,
                        (None, None) => return Err(refused("a row without a table")),
                    }
                }
                Line::Head(Head::Table { table, columns }) => {
                    if let Some(mut insert) = insert.take() {
                        insert.flush(&mut transaction).await?;
                    }
                    if let Some(upload) = upload.take() {
                        upload.finish().await?;
                    }
                    insert = Some(self.insert(table, columns, &schema)?);
                }
                Line::Head(Head::Blob { blob }) => {
                    // It goes on where the lines before ended.
                    if upload.as_ref().is_none_or(|upload| upload.id != blob) {
                        if let Some(upload) = upload.take() {
                            upload.finish().await?;
                        }
                        *upload = Some(self.upload_of(blob)?);
                    }
                }
                Line::Head(Head::From(_) | Head::End { .. }) => {}
            }
        }
        if let Some(mut insert) = insert.take() {
            insert.flush(&mut transaction).await?;
        }
        transaction.commit().await.map_err(classify)?;
        Ok(rows)
    }

    async fn finish(&self, epoch: &str) -> Result<(), RestoreError> {
        if let Some(upload) = self.upload.lock().await.take() {
            upload.finish().await?;
        }
        let mut on = self.connect_writer().await?;
        for owner in [super::store::MIGRATIONS, self.migrations] {
            owner
                .run(&mut super::migrator::Migrator(&mut on))
                .await
                .map_err(|error| CommitError::Internal(error.into()))?;
        }
        let mut transaction = on.begin().await.map_err(classify)?;
        sqlx::query("UPDATE epoch SET name = $1")
            .bind(epoch)
            .execute(&mut *transaction)
            .await
            .map_err(classify)?;
        run(
            &mut transaction,
            format!("DROP TABLE IF EXISTS {UNFINISHED}"),
        )
        .await?;
        transaction.commit().await.map_err(classify)?;
        on.close().await.map_err(classify)?;
        self.store.wake.notify_one();
        Ok(())
    }

    async fn is_unfinished(&self) -> Result<bool, CommitError> {
        let mut on = self.store.reader().acquire().await.map_err(classify)?;
        Ok(schema(&mut on).await?.contains_key(UNFINISHED))
    }

    async fn epoch(&self) -> Result<String, CommitError> {
        let row = sqlx::query("SELECT name FROM epoch")
            .fetch_one(self.store.reader())
            .await
            .map_err(classify)?;
        row.try_get(0).map_err(classify)
    }
}
