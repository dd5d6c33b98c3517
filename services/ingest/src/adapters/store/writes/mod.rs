//! Writing: the writes of a change one after the other, in the order that the use case gave them.
//! Neighbours of one kind are written together, in one statement of many rows, when the effect is the
//! same. The statements stand in the file of their subject.

mod accounts;
mod books;
mod correspondence;
mod imports;

use std::{collections::HashSet, hash::Hash};

use skeleton_durable::sql::WriteError;
use uuid::Uuid;

use self::{
    accounts::{erase, rekeyed, save_account},
    books::{
        different, end_record, move_record, not_different, persons, records, rekey_record,
        remove_record, see_records, take_book,
    },
    correspondence::{correspondents, fresh, messages, pairs, stale, stale_apart, tallies},
    imports::{begin_upload, blob_gone, end_upload, insert_import, receipts, save_import},
};
use super::{Write as SqlWrite, dialect::Connection};
use crate::ports::Write;

/// Rows of one statement: at most fourteen values each, and both databases bind 32,766.
const ROWS: usize = 1000;

impl SqlWrite for Write {
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
#[deny(
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants,
    reason = "a write that nobody applies would be committed as nothing, and its event published"
)]
async fn apply_first(writes: &[Write], on: &mut Connection) -> Result<usize, WriteError> {
    let Some(first) = writes.first() else {
        return Ok(0);
    };
    match first {
        Write::Person { .. } => return persons(writes, on).await,
        Write::RecordAdded { .. } => return records(writes, on).await,
        Write::Receipt { .. } => return receipts(writes, on).await,
        Write::MessageCounted { .. } => return messages(writes, on).await,
        Write::Correspondent { .. } => return correspondents(writes, on).await,
        Write::Tally { .. } => return tallies(writes, on).await,
        Write::Stale { .. } => return stale(writes, on).await,
        Write::Pair { .. } => return pairs(writes, on).await,
        Write::Book { account, expected } => take_book(*account, *expected, on).await?,
        Write::Account(account) => save_account(account, on).await?,
        Write::ImportQueued(import) => insert_import(import, on).await?,
        Write::ImportSaved(import) => save_import(import, on).await?,
        Write::RecordRemoved(id) => remove_record(*id, on).await?,
        Write::RecordEnded { id, at } => end_record(*id, *at, on).await?,
        Write::RecordsSeen { import, ids } => see_records(*import, ids, on).await?,
        Write::RecordKeys { account, record } => rekey_record(*account, record, on).await?,
        Write::Rekeyed {
            account,
            keyed_for,
            after,
        } => rekeyed(*account, keyed_for, *after, on).await?,
        Write::RecordMoved { id, home } => move_record(*id, *home, on).await?,
        Write::Different { account, pair } => different(*account, *pair, on).await?,
        Write::NotDifferent { account, pair } => not_different(*account, *pair, on).await?,
        Write::StaleApart(import) => stale_apart(*import, on).await?,
        Write::Fresh {
            account,
            import,
            persons,
        } => fresh(*account, *import, persons, on).await?,
        Write::UploadBegun { id, account, at } => {
            begin_upload(*id, *account, *at, on).await?;
        }
        Write::UploadEnded(id) => end_upload(*id, on).await?,
        Write::BlobGone(id) => blob_gone(*id, on).await?,
        Write::Erased { account, version } => erase(*account, *version, on).await?,
    }
    Ok(1)
}

/// The first of these writes that are of one kind, as rows of one statement.
fn run<'a, R>(writes: &'a [Write], row: impl Fn(&'a Write) -> Option<R>) -> Vec<R> {
    writes.iter().map_while(row).take(ROWS).collect()
}

/// The same where a statement may meet each stored row but once: the second change of a row is of
/// the next statement, which sees what the first did.
fn run_of_different<'a, R, K: Eq + Hash>(
    writes: &'a [Write],
    row: impl Fn(&'a Write) -> Option<R>,
    key: impl Fn(&R) -> K,
) -> Vec<R> {
    let mut seen = HashSet::new();
    let rows = writes.iter().map_while(row);
    rows.take(ROWS)
        .take_while(|row| seen.insert(key(row)))
        .collect()
}

async fn execute(text: &'static str, id: Uuid, on: &mut Connection) -> Result<u64, WriteError> {
    let done = sqlx::query(text).bind(id).execute(on).await?;
    Ok(done.rows_affected())
}
