//! Every document, read page by page to find those that cannot be.

use ::tantivy::DocAddress;
use async_trait::async_trait;
use skeleton_durable::{
    commit::CommitError,
    stored::{Examine, Examined, Place, Stored as _, Unreadable},
};

use super::{FolderIndex, Inner};
use crate::{adapters::store::stored::StoredDocument, ports::IndexError};

#[async_trait]
impl Examine for FolderIndex {
    async fn examine(&self, after: Option<&Place>, limit: u32) -> Result<Examined, CommitError> {
        let from = after.map_or(Ok((0, 0)), next_of)?;
        self.blocking(move |inner| Ok(inner.examine(from, limit)))
            .await
            .map_err(|error| match error {
                IndexError::Unavailable(reason) => CommitError::Unavailable(reason),
                error => CommitError::Internal(error.into()),
            })
    }
}

/// The document behind the one that a place names: its segment, and its number there. Segments that
/// are merged meanwhile are read again or passed over; whoever asks again finds what was missed.
fn next_of(place: &Place) -> Result<(u32, u32), CommitError> {
    let number = |at: usize| place.key.get(at)?.parse::<u32>().ok();
    let at = number(0).zip(number(1).and_then(|doc| doc.checked_add(1)));
    at.ok_or_else(|| CommitError::Internal(anyhow::anyhow!("no place in the index: {place:?}")))
}

impl Inner {
    fn examine(&self, (segment, doc): (u32, u32), limit: u32) -> Examined {
        let searcher = self.reader.searcher();
        let mut found = Examined::default();
        let mut last = None;
        for (ordinal, reader) in (0u32..).zip(searcher.segment_readers()) {
            for number in reader.doc_ids_alive() {
                if (ordinal, number) < (segment, doc) {
                    continue;
                }
                if found.rows >= u64::from(limit) {
                    found.next = last;
                    return found;
                }
                found.rows += 1;
                let key = vec![ordinal.to_string(), number.to_string()];
                if let Err(error) = self.stored(&searcher, DocAddress::new(ordinal, number)) {
                    let what = match error.downcast::<Unreadable>() {
                        Ok(unreadable) => unreadable.what,
                        Err(error) => format!("{error:#}"),
                    };
                    let unreadable = Unreadable::new(StoredDocument::TABLE, key.join("/"), what);
                    found.unreadable.push(unreadable);
                }
                last = Some(Place {
                    table: StoredDocument::TABLE.to_owned(),
                    key,
                });
            }
        }
        found
    }
}
