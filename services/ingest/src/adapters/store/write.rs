//! Writing: the writes of a change one after the other, in the order that the use case gave them.
//! Neighbours of one kind are written together, in one statement of many rows, when the effect is the
//! same. The statements are in `write_book.rs`, `write_imports.rs`, `write_mail.rs` and
//! `write_account.rs`.
#![deny(
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants,
    reason = "a write that nobody applies would be committed as nothing, and its event published"
)]

use std::{collections::HashSet, hash::Hash};

use skeleton_durable::sql::WriteError;
use uuid::Uuid;

use super::{
    Write,
    dialect::Connection,
    write_account::{erase, save_account},
    write_book::{different, not_different, persons, records, remove_record, take_book},
    write_imports::{begin_upload, blob_gone, end_upload, insert_import, receipts, save_import},
    write_mail::{correspondents, fresh, messages, pairs, stale, stale_apart, tallies},
};
use crate::ports::IngestWrite;

/// Rows of one statement: at most thirteen values each, and both databases bind 32,766.
pub(super) const ROWS: usize = 1000;

impl Write for IngestWrite {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        apply_first(std::slice::from_ref(self), on).await.map(drop)
    }

    async fn apply_all(writes: &[Self], on: &mut Connection) -> Result<(), WriteError> {
        let mut rest = writes;
        while !rest.is_empty() {
            let applied = apply_first(rest, on).await?;
            rest = &rest[applied..];
        }
        Ok(())
    }
}

/// Applies the first of these, and those behind it that can be written with it; how many.
async fn apply_first(writes: &[IngestWrite], on: &mut Connection) -> Result<usize, WriteError> {
    let Some(first) = writes.first() else {
        return Ok(0);
    };
    match first {
        IngestWrite::Person { .. } => return persons(writes, on).await,
        IngestWrite::RecordAdded { .. } => return records(writes, on).await,
        IngestWrite::Receipt { .. } => return receipts(writes, on).await,
        IngestWrite::MessageCounted { .. } => return messages(writes, on).await,
        IngestWrite::Correspondent { .. } => return correspondents(writes, on).await,
        IngestWrite::Tally { .. } => return tallies(writes, on).await,
        IngestWrite::Stale { .. } => return stale(writes, on).await,
        IngestWrite::Pair { .. } => return pairs(writes, on).await,
        IngestWrite::Book { account, expected } => take_book(*account, *expected, on).await?,
        IngestWrite::Account(account) => save_account(account, on).await?,
        IngestWrite::ImportQueued(import) => insert_import(import, on).await?,
        IngestWrite::ImportSaved(import) => save_import(import, on).await?,
        IngestWrite::RecordRemoved(id) => remove_record(*id, on).await?,
        IngestWrite::Different { account, pair } => different(*account, *pair, on).await?,
        IngestWrite::NotDifferent { account, pair } => not_different(*account, *pair, on).await?,
        IngestWrite::StaleApart(import) => stale_apart(*import, on).await?,
        IngestWrite::Fresh {
            account,
            import,
            persons,
        } => fresh(*account, *import, persons, on).await?,
        IngestWrite::UploadBegun { id, account, at } => {
            begin_upload(*id, *account, *at, on).await?;
        }
        IngestWrite::UploadEnded(id) => end_upload(*id, on).await?,
        IngestWrite::BlobGone(id) => blob_gone(*id, on).await?,
        IngestWrite::Erased { account, version } => erase(*account, *version, on).await?,
    }
    Ok(1)
}

/// The first of these writes that are of one kind, as rows of one statement.
pub(super) fn run<'a, R>(
    writes: &'a [IngestWrite],
    row: impl Fn(&'a IngestWrite) -> Option<R>,
) -> Vec<R> {
    writes.iter().map_while(row).take(ROWS).collect()
}

/// The same where a statement may meet each stored row but once: the second change of a row is of
/// the next statement, which sees what the first did.
pub(super) fn run_of_different<'a, R, K: Eq + Hash>(
    writes: &'a [IngestWrite],
    row: impl Fn(&'a IngestWrite) -> Option<R>,
    key: impl Fn(&R) -> K,
) -> Vec<R> {
    let mut seen = HashSet::new();
    let rows = writes.iter().map_while(row);
    rows.take(ROWS)
        .take_while(|row| seen.insert(key(row)))
        .collect()
}

pub(super) async fn execute(
    text: &'static str,
    id: Uuid,
    on: &mut Connection,
) -> Result<u64, WriteError> {
    let done = sqlx::query(text).bind(id).execute(on).await?;
    Ok(done.rows_affected())
}

pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
