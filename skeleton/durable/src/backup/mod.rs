//! A store as a stream of lines, and back: backup, restore, and the move between kinds of store.
//!
//! # What the lines say
//!
//! Each line is JSON. An object says what follows, an array is a row:
//!
//! ```text
//! {"store":"sqlite","migrations":{"durable_migrations":3,"users_migrations":2}}
//! {"blob":"01890a5d-ac96-774b-bcce-b302099a8001"}
//! ["aGVsbG8"]
//! {"table":"account","columns":["email","id","version"]}
//! ["ada@example.org",["AYkKXayWd0u8zrMCCZqAAQ"],7]
//! {"end":2}
//! ```
//!
//! A number, a text and `null` stand for themselves, an array of one text for bytes in base64. An id
//! is its 16 bytes. Columns are in the order of their names, so that a row is the same line whatever
//! store it comes from; rows are in no order. A blob comes before the rows, in pieces in their order.
//! `end` tells how many rows there were, and is missing where the stream broke off.
//!
//! # What is carried
//!
//! Every table that a store holds, found by asking it, but for the bookkeeping of migrations and for
//! what means something only to the processes of now: leases, claims, counts of what was used up. What
//! is rebuilt from other services' events is left out where the service says so. Of handled events the
//! ids of the last day are carried: whatever waits in an outbox may have been handled already.

pub mod lines;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::{blobs::Blobs, commit::CommitError};

/// Whole lines, some at a time.
pub type Lines = BoxStream<'static, Result<Bytes, CommitError>>;

/// Bytes of lines that go together: pieces of a stream are about as large.
pub const PIECE_BYTES: usize = 256 << 10;

/// Versions of a store by the owner of its migrations.
pub type Versions = BTreeMap<String, i32>;

/// Which tables of a store are carried, besides the skeleton's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// All but these, which mean nothing elsewhere.
    AllBut(&'static [&'static str]),
    /// These alone; the rest is rebuilt from what others announce.
    Only(&'static [&'static str]),
}

/// Blobs that go along with rows.
#[derive(Clone)]
pub struct CarriedBlobs {
    /// Where they are.
    pub blobs: Arc<dyn Blobs>,
    /// SQL that finds the ids of those that are still needed.
    pub wanted: &'static str,
}

/// Why a store was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It holds something already.
    #[error("the store is not empty: {0}; restore into a new one")]
    NotEmpty(String),
    /// It cannot take these lines, and nothing of them was kept.
    #[error("{0}")]
    Refused(String),
    /// The store cannot be reached or failed.
    #[error(transparent)]
    Store(#[from] CommitError),
}

/// A store that can be streamed from one snapshot, and filled from such a stream.
#[async_trait]
pub trait Backup: Send + Sync {
    /// Opens a snapshot. The stream reads from it alone, whatever is committed meanwhile, and holds
    /// up no writer; dropping it gives the snapshot up.
    ///
    /// # Errors
    /// When the store cannot be reached. Failures later are items of the stream.
    async fn snapshot(&self) -> Result<Lines, CommitError>;

    /// Makes the store ready to be filled: empty, in the form in which the lines were written as far
    /// as this kind of store had that form. What an earlier restore left unfinished is removed.
    ///
    /// # Errors
    /// [`RestoreError::NotEmpty`] where it holds anything that no unfinished restore brought;
    /// [`RestoreError::Refused`] where the lines are of a later version.
    async fn begin(&self, from: &lines::Origin) -> Result<(), RestoreError>;

    /// Takes whole lines, beginning with what they are rows of. All rows or none are kept; given once
    /// more, they change nothing. The pieces of one blob may come in several calls, in their order,
    /// to the same process.
    ///
    /// # Errors
    /// [`RestoreError::Refused`] where they are not what this store can hold.
    async fn load(&self, lines: &[u8]) -> Result<u64, RestoreError>;

    /// Ends it: the store is brought to its newest form, and remembers as its epoch which restore it
    /// comes from.
    ///
    /// # Errors
    /// When the store fails.
    async fn finish(&self, epoch: &str) -> Result<(), RestoreError>;

    /// Whether a restore was begun and not finished.
    ///
    /// # Errors
    /// When the store fails.
    async fn is_unfinished(&self) -> Result<bool, CommitError>;

    /// The epoch that the last restore began; empty where there was none.
    ///
    /// # Errors
    /// When the store fails.
    async fn epoch(&self) -> Result<String, CommitError>;
}
