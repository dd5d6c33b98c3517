//! Writing: the writes of one change sorted by kind, then rows of a kind together, in statements of
//! many rows. The statements are in `write_book.rs`, `write_imports.rs`, `write_mail.rs` and
//! `write_account.rs`.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use skeleton_durable::sql::WriteError;
use uuid::Uuid;

use super::{
    Write,
    dialect::Connection,
    write_account::{erase, save_account},
    write_book::{pair_of, persons, records, take_book},
    write_imports::{insert_import, receipts, save_import},
    write_mail::{fresh, mail, published, stale_apart},
};
use crate::{
    domain::{
        book::Person,
        correspondence::Correspondent,
        import::ReceiptLine,
        interactions::{BucketKey, Pair, Tally},
        record::{Arrival, Record},
    },
    ports::IngestWrite,
};

/// Rows of one statement: at most thirteen values each, and both databases bind 32,766.
pub(super) const ROWS: usize = 1000;

/// Writes of one change, by kind.
#[derive(Default)]
struct Sorted<'a> {
    singles: Vec<&'a IngestWrite>,
    receipts: Vec<(ImportId, &'a ReceiptLine)>,
    persons: Vec<(AccountId, &'a Person, PersonId)>,
    records: Vec<(AccountId, &'a Record, &'a Arrival, Timestamp)>,
    messages: Vec<(AccountId, &'a [u8])>,
    correspondents: Vec<(AccountId, &'a Correspondent)>,
    tallies: Vec<(AccountId, &'a BucketKey, Tally)>,
    stale: Vec<(AccountId, Option<ImportId>, PersonId)>,
    pairs: Vec<(AccountId, &'a Pair)>,
}

impl Write for IngestWrite {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        Self::apply_all(std::slice::from_ref(self), on).await
    }

    async fn apply_all(writes: &[Self], on: &mut Connection) -> Result<(), WriteError> {
        let mut sorted = Sorted::default();
        for write in writes {
            match write {
                Self::Receipt { import, line } => sorted.receipts.push((*import, line)),
                Self::Person {
                    account,
                    person,
                    root,
                } => sorted.persons.push((*account, person, *root)),
                Self::RecordAdded {
                    account,
                    record,
                    arrival,
                    at,
                } => {
                    sorted.records.push((*account, record, arrival, *at));
                }
                Self::MessageCounted { account, hash } => sorted.messages.push((*account, hash)),
                Self::Correspondent {
                    account,
                    correspondent,
                } => {
                    sorted.correspondents.push((*account, correspondent));
                }
                Self::Tally {
                    account,
                    bucket,
                    tally,
                } => sorted.tallies.push((*account, bucket, *tally)),
                Self::Stale {
                    account,
                    import,
                    person,
                } => sorted.stale.push((*account, *import, *person)),
                Self::Pair { account, pair } => sorted.pairs.push((*account, pair)),
                single => sorted.singles.push(single),
            }
        }
        // Singles first: they take the locks and check the versions.
        for write in sorted.singles {
            single(write, on).await?;
        }
        persons(&sorted.persons, on).await?;
        records(&sorted.records, on).await?;
        receipts(&sorted.receipts, on).await?;
        mail(
            &sorted.messages,
            &sorted.correspondents,
            &sorted.tallies,
            on,
        )
        .await?;
        published(&sorted.stale, &sorted.pairs, on).await?;
        Ok(())
    }
}

async fn single(write: &IngestWrite, on: &mut Connection) -> Result<(), WriteError> {
    match write {
        IngestWrite::Book { account, expected } => take_book(*account, *expected, on).await,
        IngestWrite::Account(account) => save_account(account, on).await,
        IngestWrite::ImportQueued(import) => insert_import(import, on).await,
        IngestWrite::ImportSaved(import) => save_import(import, on).await,
        IngestWrite::RecordRemoved(id) => {
            execute("DELETE FROM person_key WHERE record = $1", id.0, on).await?;
            execute("DELETE FROM record WHERE id = $1", id.0, on).await
        }
        IngestWrite::Different { account, pair } => {
            let text =
                "INSERT INTO different (account, a, b) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            pair_of(text, *account, *pair, on).await
        }
        IngestWrite::NotDifferent { account, pair } => {
            let text = "DELETE FROM different WHERE account = $1 AND a = $2 AND b = $3";
            pair_of(text, *account, *pair, on).await
        }
        IngestWrite::StaleApart(import) => stale_apart(*import, on).await,
        IngestWrite::Fresh {
            account,
            import,
            persons,
        } => fresh(*account, *import, persons, on).await,
        IngestWrite::UploadBegun { id, account, at } => {
            sqlx::query("INSERT INTO upload (id, account, began_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING")
                .bind(id.0)
                .bind(account.0)
                .bind(at.as_microsecond())
                .execute(on)
                .await?;
            Ok(())
        }
        IngestWrite::UploadEnded(id) => execute("DELETE FROM upload WHERE id = $1", id.0, on).await,
        IngestWrite::BlobGone(id) => {
            execute("UPDATE import SET has_blob = 0 WHERE id = $1", id.0, on).await
        }
        IngestWrite::Erased { account, version } => erase(*account, *version, on).await,
        // The others are written many at a time.
        _ => Ok(()),
    }
}

pub(super) async fn execute(
    text: &'static str,
    id: Uuid,
    on: &mut Connection,
) -> Result<(), WriteError> {
    sqlx::query(text).bind(id).execute(on).await?;
    Ok(())
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("lists of texts and structs with string keys serialise")
}

pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
