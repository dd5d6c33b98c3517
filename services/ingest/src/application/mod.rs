//! What ingest can be asked to do: one use case, one file; load, decide, commit.
//!
//! | module | does |
//! |---|---|
//! | [`upload_import`] | stores a file and queues its import |
//! | [`run_import`] | reads a queued file to its end, in batches, and goes on after a kill |
//! | [`publish_interactions`] | tells the counts of pairs that changed |
//! | [`cancel_import`] | the owner wants no more of an import |
//! | [`settle_import`] | search or network applied an import |
//! | [`add_person`], [`edit_person`], [`merge_people`], [`change_book`] | what the owner does to the book |
//! | [`load_person`], [`list_imports`] | what the owner looks at |
//! | [`take_account`], [`queue_sample`], [`erase_account`] | what users told |
//! | [`current_state`] | tells everything again |
//! | [`work`] | the workers that do what waits; whose turn it is: [`turns`] |

pub mod add_person;
pub mod cancel_import;
pub mod change_book;
pub mod current_state;
pub mod edit_person;
pub mod erase_account;
pub mod list_imports;
pub mod load_person;
pub mod merge_people;
pub mod publish_interactions;
pub mod queue_sample;
mod read_file;
pub mod run_import;
pub mod save_book;
pub mod settle_import;
pub mod take_account;
mod take_batch;
pub mod turns;
pub mod upload_import;
pub mod work;

use skeleton_durable::{commit::CommitError, stored::Unreadable};

/// How often a decision is taken anew when somebody else changed the book in the meantime.
pub(crate) const ATTEMPTS: usize = 8;

/// Whether a row is at fault and not the store: then the others can be read.
pub(crate) fn is_unreadable(error: &CommitError) -> bool {
    matches!(error, CommitError::Internal(error) if error.is::<Unreadable>())
}

/// The current moment as the store keeps it, so that an answer and what is read later agree.
pub(crate) fn now(clock: &dyn skeleton_durable::clock::Clock) -> jiff::Timestamp {
    let now = clock.now();
    jiff::Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
