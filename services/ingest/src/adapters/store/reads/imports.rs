//! Reading imports, their receipts and their files.
//!
//! An import that cannot be read is an error to whoever asks for it or for a page with it. To the
//! worker it is left out of what waits, so that the others do not wait for it. A line of a receipt
//! is an error on its page.

use async_trait::async_trait;
use jiff::Timestamp;
use kith_formats::Format;
use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::sql::{number, push_list};
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::{
    super::{
        dialect::Db,
        rows::{IMPORT, LINE, NAMED, import_of, line_of},
    },
    Store, rows, select, tuples,
};
use crate::{
    domain::{import::Import, receipt::Outcome},
    ports::{Imports, Read, StoredLine},
};

#[async_trait]
impl Imports for Store {
    async fn import(&self, id: ImportId) -> Read<Option<Import>> {
        let mut query = select(IMPORT, "import");
        query.push("id = ").push_bind(id.0);
        let found = rows(query, self.reader()).await?;
        Ok(found.first().map(import_of).transpose()?)
    }

    async fn imports(
        &self,
        account: AccountId,
        after: Option<ImportId>,
        limit: usize,
    ) -> Read<Vec<Import>> {
        let mut query = select(IMPORT, "import");
        query.push("account = ").push_bind(account.0);
        if let Some(after) = after {
            query.push(" AND id < ").push_bind(after.0);
        }
        query.push(" ORDER BY id DESC LIMIT ");
        query.push_bind(number(limit));
        let found = rows(query, self.reader()).await?;
        Ok(found.iter().map(import_of).collect::<Result<_, _>>()?)
    }

    async fn receipt(
        &self,
        import: ImportId,
        outcome: Option<Outcome>,
        after: u64,
        limit: usize,
    ) -> Read<Vec<StoredLine>> {
        let mut query = select(LINE, "receipt");
        query.push("import = ").push_bind(import.0);
        query.push(" AND ordinal > ");
        query.push_bind(number(after));
        if let Some(outcome) = outcome {
            query.push(" AND outcome = ").push_bind(outcome.as_str());
        }
        query.push(" ORDER BY ordinal LIMIT ");
        query.push_bind(number(limit));
        let found = rows(query, self.reader()).await?;
        Ok(found.iter().map(line_of).collect::<Result<_, _>>()?)
    }

    /// Of the formats that this version reads: the others wait for a later one. An import that
    /// cannot be read gives way to the next of its account.
    async fn waiting_imports(&self, limit: usize) -> Read<Vec<Import>> {
        let mut unreadable: Vec<Uuid> = Vec::new();
        loop {
            let mut query = QueryBuilder::<Db>::new("SELECT ");
            query.push(IMPORT).push(
                " FROM (SELECT oldest.*, row_number() OVER (PARTITION BY status ORDER BY id) AS turn \
                 FROM (SELECT import.*, row_number() OVER (PARTITION BY account ORDER BY id) AS place \
                 FROM import WHERE status IN ('queued', 'reading') AND format IN",
            );
            push_list(&mut query, Format::ALL.map(Format::as_str));
            if !unreadable.is_empty() {
                query.push(" AND id NOT IN");
                push_list(&mut query, unreadable.iter().copied());
            }
            query.push(") AS oldest WHERE place = 1) AS waiting ORDER BY turn, id LIMIT ");
            query.push_bind(number(limit));
            let found = rows(query, self.reader()).await?;
            let before = unreadable.len();
            let mut imports = Vec::with_capacity(found.len());
            for row in &found {
                match import_of(row) {
                    Ok(import) => imports.push(import),
                    Err(error) => {
                        tracing::error!(%error, "an import cannot be run");
                        unreadable.extend(row.try_get::<Uuid, _>("id"));
                    }
                }
            }
            if unreadable.len() == before || unreadable.len() > NAMED {
                return Ok(imports);
            }
        }
    }

    /// An import in a status of a later version may need its file still.
    async fn ended_with_file(&self, limit: usize) -> Read<Vec<ImportId>> {
        let mut query = select("id", "import");
        query.push("has_blob = 1 AND status IN ('applying', 'succeeded', 'failed', 'cancelled')");
        query.push(" ORDER BY id LIMIT ").push_bind(number(limit));
        Ok(ids(tuples(query, self.reader()).await?))
    }

    async fn abandoned_uploads(&self, before: Timestamp, limit: usize) -> Read<Vec<ImportId>> {
        let mut query = select("id", "upload");
        query.push("began_at < ").push_bind(before.as_microsecond());
        query.push(" ORDER BY id LIMIT ").push_bind(number(limit));
        Ok(ids(tuples(query, self.reader()).await?))
    }

    async fn files_of(&self, account: AccountId) -> Read<Vec<ImportId>> {
        let mut query = select("id", "import");
        query.push("account = ").push_bind(account.0);
        query.push(" AND has_blob = 1 UNION SELECT id FROM upload WHERE account = ");
        query.push_bind(account.0);
        Ok(ids(tuples(query, self.reader()).await?))
    }
}

fn ids(found: Vec<(Uuid,)>) -> Vec<ImportId> {
    found.into_iter().map(|(id,)| ImportId(id)).collect()
}
