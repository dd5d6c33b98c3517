//! Blobs as rows of PostgreSQL, in pieces: any number of replicas, no folder that they share.
//!
//! Pieces are committed as they come, so memory is bounded by one of them, and count only once the
//! blob is finished. Whoever stores a blob holds a lease on it; a `put` that died loses it.

use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::{io::AsyncReadExt, time::Instant};
use uuid::Uuid;

use super::{BlobError, Blobs, ReadSeek, Source, Stored, reader::Reader};
use crate::sql::{
    micros, number,
    postgres::{Store, dialect::NOW_MICROS},
};

/// Size of a piece; the last of a blob is shorter.
const PIECE_BYTES: usize = 256 * 1024;
/// How long an unfinished blob is left alone after the last sign of whoever stores it.
const LEASE: Duration = Duration::from_secs(60);
/// How long one statement may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Blobs as rows of PostgreSQL.
#[derive(Clone, Debug)]
pub struct RowBlobs {
    pool: PgPool,
    lease: Duration,
}

impl RowBlobs {
    /// In the database of `store`.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        Self::with_lease(store, LEASE)
    }

    /// The same with another lease.
    #[must_use]
    pub fn with_lease(store: &Store, lease: Duration) -> Self {
        Self {
            pool: store.reader().clone(),
            lease,
        }
    }

    /// Removes what was never finished and is held by nobody any more; how many. Every
    /// [`Blobs::put`] does so as well.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep(&self) -> Result<u64, BlobError> {
        let text = format!("DELETE FROM blob WHERE bytes IS NULL AND held_until < {NOW_MICROS}");
        let swept = patiently(sqlx::query(AssertSqlSafe(text)).execute(&self.pool)).await?;
        Ok(swept.rows_affected())
    }

    /// Begins an upload, or says again that it is alive.
    async fn hold(&self, upload: Uuid, id: Uuid) -> Result<(), BlobError> {
        let text = format!(
            "INSERT INTO blob (upload, id, piece_bytes, held_until) \
             VALUES ($1, $2, $3, {NOW_MICROS} + $4) \
             ON CONFLICT (upload) DO UPDATE SET held_until = excluded.held_until"
        );
        let held = sqlx::query(AssertSqlSafe(text))
            .bind(upload)
            .bind(id)
            .bind(PIECE_BYTES as i64)
            .bind(micros(self.lease))
            .execute(&self.pool);
        patiently(held).await.map(drop)
    }

    async fn store(
        &self,
        upload: Uuid,
        id: Uuid,
        mut source: Source<'_>,
        limit_bytes: u64,
    ) -> Result<Stored, BlobError> {
        self.hold(upload, id).await?;
        let mut held = Instant::now();
        let mut hasher = blake3::Hasher::new();
        let (mut bytes, mut n) = (0u64, 0i64);
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        loop {
            // A source may be slow, which is no reason to take the upload for dead.
            let mut rest = (&mut source).take((PIECE_BYTES - piece.len()) as u64);
            let ended = tokio::select! {
                read = rest.read_buf(&mut piece) => {
                    read.map_err(BlobError::Source)? == 0
                }
                () = tokio::time::sleep(self.lease / 3) => false,
            };
            if bytes + piece.len() as u64 > limit_bytes {
                return Err(BlobError::TooLarge { limit_bytes });
            }
            if piece.len() == PIECE_BYTES || (ended && !piece.is_empty()) {
                hasher.update(&piece);
                bytes += piece.len() as u64;
                self.append(upload, n, &piece).await?;
                n += 1;
                piece.clear();
            }
            if ended {
                break;
            }
            if held.elapsed() >= self.lease / 3 {
                self.hold(upload, id).await?;
                held = Instant::now();
            }
        }
        let stored = Stored {
            bytes,
            hash: hasher.finalize().to_hex().to_string(),
        };
        patiently(self.finish(upload, id, &stored)).await?;
        Ok(stored)
    }

    async fn append(&self, upload: Uuid, n: i64, piece: &[u8]) -> Result<(), BlobError> {
        let appended = sqlx::query("INSERT INTO blob_piece (upload, n, data) VALUES ($1, $2, $3)")
            .bind(upload)
            .bind(n)
            .bind(piece)
            .execute(&self.pool);
        patiently(appended).await.map(drop)
    }

    /// From the end of this on it is there, durably, and what it replaces is gone.
    async fn finish(&self, upload: Uuid, id: Uuid, stored: &Stored) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("DELETE FROM blob WHERE id = $1 AND bytes IS NOT NULL")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        let finished = sqlx::query(
            "UPDATE blob SET bytes = $2, hash = $3, held_until = NULL WHERE upload = $1 RETURNING 1",
        )
        .bind(upload)
        .bind(number(stored.bytes))
        .bind(&stored.hash)
        .fetch_optional(&mut *transaction)
        .await?;
        if finished.is_none() {
            // It was taken for dead: this process stood still for longer than the lease.
            return Err(sqlx::Error::RowNotFound);
        }
        transaction.commit().await
    }

    async fn discard(&self, upload: Uuid) {
        let discarded = sqlx::query("DELETE FROM blob WHERE upload = $1 AND bytes IS NULL")
            .bind(upload)
            .execute(&self.pool);
        if let Err(error) = patiently(discarded).await {
            tracing::debug!(%error, "an unfinished blob is left to be swept");
        }
    }
}

#[async_trait]
impl Blobs for RowBlobs {
    async fn put(
        &self,
        id: Uuid,
        source: Source<'_>,
        limit_bytes: u64,
    ) -> Result<Stored, BlobError> {
        self.sweep().await?;
        let upload = Uuid::now_v7();
        let stored = self.store(upload, id, source, limit_bytes).await;
        if stored.is_err() {
            self.discard(upload).await;
        }
        stored
    }

    async fn open(&self, id: Uuid) -> Result<Box<dyn ReadSeek>, BlobError> {
        let found = sqlx::query_as::<_, (Uuid, i64, i64)>(
            "SELECT upload, bytes, piece_bytes FROM blob WHERE id = $1 AND bytes IS NOT NULL",
        )
        .bind(id)
        .fetch_optional(&self.pool);
        let (upload, bytes, piece_bytes) = patiently(found).await?.ok_or(BlobError::Missing)?;
        let pool = self.pool.clone();
        let fetch = move |n: u64| {
            let pool = pool.clone();
            async move {
                let data = sqlx::query_scalar::<_, Vec<u8>>(
                    "SELECT data FROM blob_piece WHERE upload = $1 AND n = $2",
                )
                .bind(upload)
                .bind(number(n))
                .fetch_optional(&pool);
                let data = patiently(data).await?.ok_or(BlobError::Missing)?;
                Ok(data.into())
            }
            .boxed()
        };
        let (bytes, piece_bytes) = (bytes.unsigned_abs(), piece_bytes.unsigned_abs());
        Ok(Box::new(Reader::new(bytes, piece_bytes, fetch)))
    }

    async fn delete(&self, id: Uuid) -> Result<(), BlobError> {
        let deleted = sqlx::query("DELETE FROM blob WHERE id = $1 AND bytes IS NOT NULL")
            .bind(id)
            .execute(&self.pool);
        patiently(deleted).await.map(drop)
    }
}

async fn patiently<T>(
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, BlobError> {
    match tokio::time::timeout(PATIENCE, statement).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(BlobError::Store(error.into())),
        Err(_) => Err(BlobError::Store(anyhow::anyhow!(
            "the database does not answer"
        ))),
    }
}
