//! What the service can do: one use case, one file; load, decide, commit.
//!
//! | query | answers |
//! |---|---|
//! | [`App::get_import`] | where an import stands; lists of imports are asked of the [`Store`] |
//! | [`App::get_receipt`] | what became of each record of a file |
//! | [`App::get_person`] | a person of the book, with who says what of it |
//! | [`App::list_records`] | what the sources said of a person, verbatim |
//!
//! | command | does |
//! |---|---|
//! | [`App::receive_file`], [`App::queue_import`], [`App::discard_file`] | store a file and queue its import, or give it up: in `create_import` |
//! | [`App::cancel_import`] | the owner wants no more of an import |
//! | [`App::add_person`], [`App::edit_person`] | the owner says who somebody is |
//! | [`App::merge_people`], [`App::unmerge_people`], [`App::take_out_record`] | the owner says that two are one, takes a decision back, or takes one record out |
//! | [`App::apply_events`] | takes over what the other services published |
//!
//! | by itself | does |
//! |---|---|
//! | [`App::run_imports`] | reads queued files to their ends, in batches, and goes on after a kill |
//! | [`App::tidy`] | publishes what changes of the book made stale, makes keys again (`rekey_book`), deletes files that have served |
//!
//! [`replay`] publishes the current state again and compares holdings. What several use cases need:
//!
//! | module | is |
//! |---|---|
//! | `run_import`, `read_file`, `take_batch` | one import: a thread that parses, a commit for each batch |
//! | `lease`, [`turns`] | which replica runs an account's imports, and whose turn it is |
//! | `publish_interactions` | the counts of pairs that changed, as events |
//! | [`change_book`], `load_book`, `save_book` | what all changes of a book have in common |
//! | `queue_sample` | the files of a sample network |

mod add_person;
pub mod apply_events;
pub mod cancel_import;
pub mod change_book;
pub mod create_import;
pub mod edit_person;
mod get_import;
pub mod get_person;
mod get_receipt;
mod lease;
mod list_records;
mod load_book;
mod merge_people;
mod publish_interactions;
mod queue_sample;
mod read_file;
mod rekey_book;
pub mod replay;
mod run_import;
mod run_imports;
mod save_book;
mod take_batch;
mod take_out_record;
mod tidy;
pub mod turns;
mod unmerge_people;

use std::sync::Arc;

use jiff::Timestamp;
use kith_formats::Limits;
use kith_shared::{ids::ImportId, keys::KeyHasher};
use skeleton_durable::{
    Cause, blobs::Blobs, clock::Clock, commit::CommitError, stored::Unreadable,
};
use tokio::sync::Notify;
use uuid::Uuid;

use self::turns::Turns;
use crate::ports::Store;

/// What every use case works with.
pub struct App {
    pub store: Arc<dyn Store>,
    /// Where files wait.
    pub blobs: Arc<dyn Blobs>,
    pub clock: Arc<dyn Clock>,
    /// Ids for what is new; they rise with time.
    pub new_id: fn() -> Uuid,
    /// Hashes keys for the other services.
    pub key_hasher: KeyHasher,
    /// Longest file that is taken, in bytes.
    pub file_limit_bytes: u64,
    /// What the parsers may use.
    pub limits: Limits,
    /// Whose turn it is among the accounts whose imports this replica runs.
    pub turns: Arc<Turns>,
    /// Wakes a worker: an import may wait.
    pub import_queued: Notify,
    /// Wakes [`App::tidy`]: interactions may be stale.
    pub book_changed: Notify,
}

impl App {
    /// The current moment as the store keeps it, so that an answer and what is read later agree.
    fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

/// The cause of everything that an import sets off.
fn cause_of(import: ImportId) -> Cause {
    Cause::correlated(import.0)
}

/// Whether a row is at fault and not the store: then the others can be read.
fn is_unreadable(error: &CommitError) -> bool {
    matches!(error, CommitError::Internal(error) if error.is::<Unreadable>())
}
