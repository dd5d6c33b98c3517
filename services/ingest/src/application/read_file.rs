//! Parses a file on a thread that may block, and hands its records over in batches, ready to be
//! decided on. It is never more than a few batches ahead, so memory stays bounded.

use kith_formats::{Format, FormatError, Limits};
use kith_shared::keys::KeyHasher;
use skeleton_durable::blobs::ReadSeek;
use tokio::sync::mpsc;

use crate::domain::{
    account::Account,
    import::Import,
    intake::{Prepared, prepare},
};

/// Records of one batch, at most.
const BATCH_RECORDS: usize = 250;
/// Verbatim text of one batch after which it is closed, in bytes.
const BATCH_BYTES: usize = 4 << 20;
/// Batches that the reader may be ahead.
const AHEAD: usize = 1;
/// How often, in records, the reader looks whether anybody still wants what it passes over.
const LOOK_EVERY: u64 = 1_000;

/// What the reader's thread hands over.
pub(super) enum Read {
    /// Records, in their order.
    Batch(Vec<Prepared>),
    /// It cannot go on, after these.
    Failed(Vec<Prepared>, FormatError),
    /// That was the file.
    End,
    /// The thread ended without saying so.
    Broken,
}

/// Whose file it is.
pub(super) struct Source {
    pub(super) format: Format,
    pub(super) import: Import,
    pub(super) owner: Account,
    pub(super) hasher: KeyHasher,
}

/// Reads from behind what the import took before.
pub(super) fn read_file(
    source: Source,
    file: Box<dyn ReadSeek>,
    limits: Limits,
) -> mpsc::Receiver<Read> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let last = read_batches(&source, file, limits, &sender);
        // A receiver that is gone has stopped the import.
        let _ = sender.blocking_send(last);
    });
    receiver
}

/// Reads until the end, an error, or until nobody takes any more; says what comes last.
fn read_batches(
    source: &Source,
    file: Box<dyn ReadSeek>,
    limits: Limits,
    batches: &mpsc::Sender<Read>,
) -> Read {
    let takes = |batch| batches.blocking_send(Read::Batch(batch)).is_ok();
    let Source {
        format,
        import,
        owner,
        hasher,
    } = source;
    let entries = match kith_formats::read(*format, Box::new(file), limits) {
        Ok(entries) => entries,
        Err(error) => return Read::Failed(Vec::new(), error),
    };
    let (mut batch, mut bytes, mut ordinal) = (Vec::new(), 0, 0);
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Read::Failed(batch, error),
        };
        ordinal += 1;
        if ordinal <= import.taken {
            if ordinal % LOOK_EVERY == 0 && batches.is_closed() {
                return Read::End;
            }
            continue;
        }
        bytes += entry.raw.len();
        batch.push(prepare(entry, import, owner, hasher));
        if batch.len() >= BATCH_RECORDS || bytes >= BATCH_BYTES {
            bytes = 0;
            if !takes(std::mem::take(&mut batch)) {
                return Read::End;
            }
        }
    }
    takes(batch);
    Read::End
}
