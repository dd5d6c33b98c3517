//! The index in a folder of this machine: Tantivy.
//!
//! One writer, made when the first change comes; every batch of changes is one durable commit, after
//! which queries see it.

mod collect;
mod examine;
mod nameless;
mod query;
mod schema;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use ::tantivy::{
    Index as TantivyIndex, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument,
    TantivyError, Term,
    collector::DocSetCollector,
    directory::MmapDirectory,
    indexer::LogMergePolicy,
    schema::{IndexRecordOption, Value},
};
use anyhow::Context;
use async_trait::async_trait;
use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::stored::{self, known};
use tokio::sync::mpsc::{self, Sender};

use self::{
    collect::{Counts, Place, Top},
    nameless::Nameless,
    schema::Fields,
};
use crate::{
    adapters::store::stored::StoredDocument,
    domain::{
        document::{Change, Document, Versions},
        query::{After, Found, Grant, Hit, Query, Scope, place_as_text, place_without_name},
    },
    ports::{Index, IndexError},
};

/// Memory of the one writing thread, bytes.
const WRITER_MEMORY: usize = 30_000_000;
/// Documents that a reading of all of them may be ahead of its listener.
const HELD_BACK: usize = 1_000;

/// The index in a folder of this machine. Clones share it.
#[derive(Clone)]
pub struct FolderIndex {
    inner: Arc<Inner>,
}

struct Inner {
    index: TantivyIndex,
    reader: IndexReader,
    fields: Fields,
    writer: Mutex<Option<IndexWriter>>,
    nameless: Nameless,
}

impl FolderIndex {
    /// Opens or creates the index in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be used, or holds an index of another shape.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("creating {}", folder.display()))?;
        let (schema, fields) = schema::schema();
        let directory = MmapDirectory::open(folder)?;
        let index = TantivyIndex::open_or_create(directory, schema)
            .with_context(|| format!("opening the index in {}", folder.display()))?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(20)
            .try_into()?;
        Ok(Self {
            inner: Arc::new(Inner {
                index,
                reader,
                fields,
                writer: Mutex::new(None),
                nameless: Nameless::default(),
            }),
        })
    }

    async fn blocking<T, F>(&self, work: F) -> Result<T, IndexError>
    where
        T: Send + 'static,
        F: FnOnce(&Inner) -> anyhow::Result<T> + Send + 'static,
    {
        let inner = self.inner.clone();
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .map_err(|error| IndexError::Internal(error.into()))?
            .map_err(classify)
    }
}

/// A writer that failed once is made anew: it may have died of a full disk.
fn classify(error: anyhow::Error) -> IndexError {
    if error.is::<CursorGone>() {
        return IndexError::CursorGone;
    }
    match error.downcast_ref::<TantivyError>() {
        Some(TantivyError::IoError(reason)) => IndexError::Unavailable(reason.to_string()),
        Some(TantivyError::LockFailure(reason, _)) => IndexError::Unavailable(reason.to_string()),
        _ => IndexError::Internal(error),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the person that the cursor names is not among those granted")]
struct CursorGone;

#[async_trait]
impl Index for FolderIndex {
    async fn apply(&self, changes: Vec<Change>) -> Result<(), IndexError> {
        self.blocking(move |inner| inner.apply(changes)).await
    }

    async fn erase(&self, accounts: &[AccountId]) -> Result<(), IndexError> {
        let accounts = accounts.to_vec();
        self.blocking(move |inner| {
            inner.write(|writer| {
                for account in accounts {
                    writer.delete_term(inner.fields.owner_term(account));
                }
                Ok(true)
            })
        })
        .await
    }

    async fn people(&self, query: &Query) -> Result<Found, IndexError> {
        let query = query.clone();
        self.blocking(move |inner| inner.people(&query)).await
    }

    async fn organisations(
        &self,
        words: &[String],
        grants: &[Grant],
    ) -> Result<BTreeMap<String, u64>, IndexError> {
        let (words, grants) = (words.to_vec(), grants.to_vec());
        self.blocking(move |inner| {
            let query = query::organisations(&inner.fields, &words, &grants);
            Ok(inner.reader.searcher().search(&query, &Counts)?)
        })
        .await
    }

    async fn versions(&self, take: &mut (dyn FnMut(Versions) + Send)) -> Result<(), IndexError> {
        let (sender, mut receiver) = mpsc::channel(HELD_BACK);
        let reading = self.blocking(move |inner| inner.versions(&sender));
        let taking = async {
            while let Some(versions) = receiver.recv().await {
                take(versions);
            }
        };
        let (read, ()) = tokio::join!(reading, taking);
        read
    }

    async fn ping(&self) -> Result<(), IndexError> {
        Ok(())
    }
}

impl Inner {
    fn apply(&self, changes: Vec<Change>) -> anyhow::Result<()> {
        self.write(|writer| {
            // Under the writer's lock, so what is read here is what is there.
            let searcher = self.reader.searcher();
            let mut touched: BTreeMap<PersonId, (Document, bool)> = BTreeMap::new();
            for change in changes {
                let entry = match touched.entry(change.id) {
                    std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                    std::collections::btree_map::Entry::Vacant(entry) => {
                        let document = self
                            .document(&searcher, change.id)?
                            .unwrap_or_else(|| Document::placeholder(change.id, change.account));
                        entry.insert((document, false))
                    }
                };
                entry.1 |= entry.0.absorb(change.part);
            }
            let mut written = false;
            for (document, changed) in touched.into_values() {
                if changed {
                    writer.delete_term(self.fields.id_term(document.id));
                    writer.add_document(self.fields.to_tantivy(&document))?;
                    written = true;
                }
            }
            Ok(written)
        })
    }

    /// Writes and, if `work` says that it wrote, commits. After a failure nothing of it is kept.
    fn write(&self, work: impl FnOnce(&IndexWriter) -> anyhow::Result<bool>) -> anyhow::Result<()> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => self.open_writer()?,
        };
        // On an early return the writer is dropped with what it holds; the next call opens another.
        if work(&writer)? {
            writer.commit()?;
            self.reader.reload()?;
        }
        *slot = Some(writer);
        Ok(())
    }

    fn open_writer(&self) -> anyhow::Result<IndexWriter> {
        let writer: IndexWriter = self.index.writer_with_num_threads(1, WRITER_MEMORY)?;
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(4);
        policy.set_del_docs_ratio_before_merge(0.3);
        writer.set_merge_policy(Box::new(policy));
        Ok(writer)
    }

    fn versions(&self, sender: &Sender<Versions>) -> anyhow::Result<()> {
        let searcher = self.reader.searcher();
        for (ordinal, segment) in (0u32..).zip(searcher.segment_readers()) {
            for doc in segment.doc_ids_alive() {
                let address = ::tantivy::DocAddress::new(ordinal, doc);
                let document = self.stored(&searcher, address)?;
                // Fails when nobody listens any more.
                if sender.blocking_send(document.versions()).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn document(&self, searcher: &Searcher, id: PersonId) -> anyhow::Result<Option<Document>> {
        let term = self.fields.id_term(id);
        for (ordinal, segment) in (0u32..).zip(searcher.segment_readers()) {
            let inverted = segment.inverted_index(term.field())?;
            let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)?
            else {
                continue;
            };
            use ::tantivy::{DocSet, TERMINATED};
            while postings.doc() != TERMINATED {
                if !segment.is_deleted(postings.doc()) {
                    let address = ::tantivy::DocAddress::new(ordinal, postings.doc());
                    return self.stored(searcher, address).map(Some);
                }
                postings.advance();
            }
        }
        Ok(None)
    }

    fn stored(
        &self,
        searcher: &Searcher,
        address: ::tantivy::DocAddress,
    ) -> anyhow::Result<Document> {
        let kept: TantivyDocument = searcher.doc(address)?;
        let row = format!("{}/{}", address.segment_ord, address.doc_id);
        let json = kept
            .get_first(self.fields.document)
            .and_then(|value| value.as_bytes())
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        let json = known(json, ("index", "document"), &row, "a document", "none")?;
        let stored: StoredDocument = stored::read(json, row)?;
        Ok(stored.into())
    }

    fn people(&self, query: &Query) -> anyhow::Result<Found> {
        let searcher = self.reader.searcher();
        let after = match query.after {
            None => None,
            Some(after) => Some(self.place(&searcher, after, &query.grants)?),
        };
        let mut scopes = query.grants.iter().map(|grant| grant.scope);
        let nameless = if scopes.any(|scope| scope == Scope::Organisation) {
            Some(self.nameless.of(&searcher)?)
        } else {
            None
        };
        let top = Top {
            after,
            limit: query.limit,
            nameless,
        };
        let (total, places) = searcher.search(&query::people(&self.fields, query), &top)?;
        let hits = places
            .into_iter()
            .map(|(place, address)| {
                Ok(Hit {
                    quarters: place.quarters,
                    document: self.stored(&searcher, address)?,
                })
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Found { hits, total })
    }

    /// Where the last person of the page before stands now, if it is still granted.
    fn place(&self, searcher: &Searcher, after: After, grants: &[Grant]) -> anyhow::Result<Place> {
        let scope = Scope::of_quarters(after.quarters).ok_or(CursorGone)?;
        let granted = query::granted_person(&self.fields, after.id, grants, scope);
        let found = searcher.search(&granted.ok_or(CursorGone)?, &DocSetCollector)?;
        let address = found.into_iter().next().ok_or(CursorGone)?;
        let document = self.stored(searcher, address)?;
        let sort = match scope {
            Scope::Organisation => place_as_text(place_without_name(after.id)),
            Scope::Name | Scope::Own => document.texts().ok_or(CursorGone)?.sort,
        };
        Ok(Place {
            quarters: after.quarters,
            band: schema::band_number(document.band()),
            sort,
        })
    }
}

/// A term of a text field.
fn term(field: ::tantivy::schema::Field, text: &str) -> Term {
    Term::from_field_text(field, text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use skeleton_durable::contract::examine_all;

    use super::*;
    use crate::adapters::store::contract;

    #[tokio::test(flavor = "multi_thread")]
    async fn passes_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let index = FolderIndex::open(folder.path()).unwrap();
        let instances: Vec<Arc<dyn Index>> = (0..3).map(|_| Arc::new(index.clone()) as _).collect();
        contract::run(&instances).await;
        let (documents, unreadable) = examine_all(&index, 100).await;
        assert!(documents > 1_000, "{documents}");
        assert_eq!(unreadable, []);
        index
            .inner
            .write(|writer| {
                let mut damaged = TantivyDocument::new();
                damaged.add_bytes(index.inner.fields.document, b"no JSON");
                writer.add_document(damaged)?;
                Ok(true)
            })
            .unwrap();
        let (_, unreadable) = examine_all(&index, 100).await;
        assert_eq!(unreadable.len(), 1, "{unreadable:?}");
        assert!(
            unreadable[0].what.starts_with("document: "),
            "{unreadable:?}"
        );
    }
}
