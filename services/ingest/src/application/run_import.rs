//! Reads a queued file to its end: in batches, each one commit, so that a kill at any moment loses
//! nothing and takes nothing twice; the next start goes on behind the last batch.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use kith_formats::{FormatError, Limits};
use kith_shared::{ids::PersonId, keys::KeyHasher};
use skeleton_durable::{
    blobs::{BlobError, Blobs, ReadSeek},
    clock::Clock,
    commit::{ChangeSet, CommitError},
};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    ATTEMPTS,
    publish_interactions::{PERSONS, PublishInteractions},
    save_book::{append, cause_of},
};
use crate::{
    domain::{
        account::Account,
        correspondence::Mailroom,
        import::Import,
        intake::{Intake, Prepared, What, prepare},
        key::Key,
    },
    ports::{IngestStore, IngestWrite, Wanted},
};

/// Records of one batch, at most.
const BATCH_RECORDS: usize = 250;
/// Verbatim text of one batch after which it is closed, in bytes.
const BATCH_BYTES: usize = 4 << 20;
/// Batches that the reader may be ahead.
const AHEAD: usize = 2;
/// Progress is told no more often.
const TELL_EVERY: SignedDuration = SignedDuration::from_millis(500);

/// See the module.
#[derive(Clone)]
pub struct RunImport {
    /// The store.
    pub store: Arc<dyn IngestStore>,
    /// Where files wait.
    pub blobs: Arc<dyn Blobs>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Hashes keys for the other services.
    pub hasher: KeyHasher,
    /// Publishes what the messages of a file change.
    pub interactions: PublishInteractions,
    /// What the parsers may use.
    pub limits: Limits,
}

/// Why an import stopped before its end; it waits to be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Somebody else has it now, it is gone, or this replica is to stop.
    #[error("not ours any more")]
    Lost,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] CommitError),
    /// The blob store failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// What the reader's thread hands over.
enum Read {
    Batch(Vec<Prepared>),
    /// It cannot go on, after these.
    Failed(Vec<Prepared>, FormatError),
}

/// Asked between batches whether to go on.
#[async_trait::async_trait]
pub trait Hold: Send + Sync {
    /// Whether the import is still this replica's to run.
    async fn holds(&self) -> bool;
}

impl RunImport {
    /// Runs it to its end.
    ///
    /// # Errors
    /// See [`RunError`].
    pub async fn run(
        &self,
        import: Import,
        owner: Account,
        hold: &dyn Hold,
    ) -> Result<Import, RunError> {
        let import = self.save(import.started(super::now(&*self.clock))).await?;
        let file = match self.blobs.open(import.id.0).await {
            Ok(file) => file,
            Err(BlobError::Missing) => {
                return self
                    .fail(import, "the stored file is not there any more".to_owned())
                    .await;
            }
            Err(error) => return Err(error.into()),
        };
        let mut batches = self.read(&import, owner, file);
        let mut run = import;
        let (mut told_at, mut problem) = (super::now(&*self.clock), None);
        while let Some(read) = batches.recv().await {
            if !hold.holds().await {
                return Err(RunError::Lost);
            }
            let batch = match read {
                Read::Batch(batch) => batch,
                Read::Failed(batch, error) => {
                    problem = Some(error.to_string());
                    // Of a file that is no file of its kind nothing is kept.
                    if run.taken == 0 { Vec::new() } else { batch }
                }
            };
            if !batch.is_empty() {
                let tell = super::now(&*self.clock).duration_since(told_at) >= TELL_EVERY;
                if tell {
                    told_at = super::now(&*self.clock);
                }
                run = self.batch(run, &batch, tell).await?;
            }
        }
        run = self.publish(run, hold).await?;
        match problem {
            Some(problem) => self.fail(run, problem).await,
            None => self.end(run).await,
        }
    }

    /// Ends it as failed.
    ///
    /// # Errors
    /// The store's.
    pub async fn fail(&self, import: Import, problem: String) -> Result<Import, RunError> {
        let import = self
            .save(import.failed(problem, super::now(&*self.clock)))
            .await?;
        self.drop_blob(&import).await;
        Ok(import)
    }

    async fn end(&self, import: Import) -> Result<Import, RunError> {
        let import = self
            .save(import.read_through(super::now(&*self.clock)))
            .await?;
        self.drop_blob(&import).await;
        Ok(import)
    }

    /// A file that cannot be deleted now is deleted by the sweep.
    async fn drop_blob(&self, import: &Import) {
        if let Err(error) = self.blobs.delete(import.id.0).await {
            tracing::warn!(import = %import.id, %error, "a file is left, to be deleted later");
            return;
        }
        let gone = ChangeSet::new().write(IngestWrite::BlobGone(import.id));
        if let Err(error) = self.store.commit(gone).await {
            tracing::warn!(import = %import.id, %error, "not noted that the file is deleted");
        }
    }

    async fn save(&self, import: Import) -> Result<Import, RunError> {
        let (event, at) = (import.event(), super::now(&*self.clock));
        let change = ChangeSet::new()
            .write(IngestWrite::ImportSaved(Box::new(import.clone())))
            .event(&event, at, &cause_of(import.id));
        match self.store.commit(change).await {
            Ok(()) => Ok(import),
            Err(CommitError::Conflict(_)) => Err(RunError::Lost),
            Err(error) => Err(error.into()),
        }
    }

    /// Parses on a thread of its own, from behind what was taken before.
    fn read(
        &self,
        import: &Import,
        owner: Account,
        file: Box<dyn ReadSeek>,
    ) -> mpsc::Receiver<Read> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (import, hasher, limits) = (import.clone(), self.hasher.clone(), self.limits);
        tokio::task::spawn_blocking(move || {
            let skip = usize::try_from(import.taken).unwrap_or(usize::MAX);
            let entries = match kith_formats::read(import.format, Box::new(file), limits) {
                Ok(entries) => entries,
                Err(error) => {
                    let _ = sender.blocking_send(Read::Failed(Vec::new(), error));
                    return;
                }
            };
            let (mut batch, mut bytes, mut ordinal) = (Vec::new(), 0, 0);
            for entry in entries {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        // A receiver that is gone has stopped the import.
                        let _ = sender.blocking_send(Read::Failed(batch, error));
                        return;
                    }
                };
                ordinal += 1;
                if ordinal <= skip {
                    continue;
                }
                bytes += entry.raw.len();
                batch.push(prepare(entry, &import, &owner, &hasher));
                if batch.len() >= BATCH_RECORDS || bytes >= BATCH_BYTES {
                    bytes = 0;
                    if sender
                        .blocking_send(Read::Batch(std::mem::take(&mut batch)))
                        .is_err()
                    {
                        return;
                    }
                }
            }
            let _ = sender.blocking_send(Read::Batch(batch));
        });
        receiver
    }

    /// Takes a batch, anew when the book was changed in the meantime.
    async fn batch(
        &self,
        import: Import,
        batch: &[Prepared],
        tell: bool,
    ) -> Result<Import, RunError> {
        for _ in 0..ATTEMPTS {
            let (change, next) = self.decide(&import, batch.to_vec(), tell).await?;
            match self.store.commit(change).await {
                Ok(()) => return Ok(next),
                Err(CommitError::Conflict(_)) => self.still_there(&import).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(RunError::Lost)
    }

    async fn still_there(&self, import: &Import) -> Result<(), RunError> {
        let stored = self.store.import(import.id).await?;
        if stored.is_some_and(|stored| stored.version == import.version) {
            return Ok(());
        }
        Err(RunError::Lost)
    }

    async fn decide(
        &self,
        import: &Import,
        batch: Vec<Prepared>,
        tell: bool,
    ) -> Result<(ChangeSet<IngestWrite>, Import), CommitError> {
        let (account, at) = (import.account, super::now(&*self.clock));
        let bytes_done = batch.last().map_or(0, |last| last.bytes_done);
        let asked = Asked::of(&batch);
        let wanted = Wanted {
            keys: asked.keys,
            persons: Vec::new(),
        };
        let book = self.store.book(account, &wanted).await?;
        let known = self.store.known_records(account, &asked.records).await?;
        let correspondents = self.store.correspondents(account, &wanted.keys).await?;
        let counted = self.store.counted(account, &asked.letters).await?;
        let mailroom = Mailroom::load(correspondents, counted);
        let mut intake = Intake {
            import,
            book,
            mailroom,
            known,
            lines: Vec::new(),
            at,
        };
        for prepared in batch {
            intake.take(prepared, &mut Uuid::now_v7);
        }
        Ok(self.change(intake, bytes_done, tell))
    }

    fn change(
        &self,
        intake: Intake<'_>,
        bytes_done: u64,
        tell: bool,
    ) -> (ChangeSet<IngestWrite>, Import) {
        let Intake {
            import,
            book,
            mailroom,
            lines,
            at,
            ..
        } = intake;
        let (account, id) = (import.account, import.id);
        let mut stale: BTreeSet<PersonId> = BTreeSet::new();
        for bucket in mailroom.tallies.keys() {
            let other_is_known = bucket.b.as_ref().is_none_or(|b| book.owner_of(b).is_some());
            stale.extend(book.owner_of(&bucket.a).filter(|_| other_is_known));
        }
        let outcome = book.finish(&self.hasher);
        stale.extend(&outcome.changes.regrouped);
        let gained = outcome.changes.gained.iter();
        stale.extend(
            gained
                .filter(|(_, key)| mailroom.correspondent(key).is_some())
                .map(|(id, _)| id),
        );
        let next = import
            .clone()
            .took(&lines, bytes_done, outcome.events.len() as u64);
        let mut change = ChangeSet::new();
        if !outcome.saved.is_empty() || !mailroom.counted.is_empty() {
            change = append(change, account, outcome, at, &cause_of(id));
        }
        let saved = mailroom.to_save().cloned();
        change
            .writes
            .extend(saved.map(|it| IngestWrite::Correspondent {
                account,
                correspondent: it,
            }));
        let tallies = mailroom.tallies.into_iter();
        change
            .writes
            .extend(tallies.map(|(bucket, tally)| IngestWrite::Tally {
                account,
                bucket,
                tally,
            }));
        let counted = mailroom.counted.into_iter();
        change
            .writes
            .extend(counted.map(|hash| IngestWrite::MessageCounted { account, hash }));
        let import = Some(id);
        change
            .writes
            .extend(stale.into_iter().map(|person| IngestWrite::Stale {
                account,
                import,
                person,
            }));
        change.writes.extend(
            lines
                .into_iter()
                .map(|line| IngestWrite::Receipt { import: id, line }),
        );
        change
            .writes
            .push(IngestWrite::ImportSaved(Box::new(next.clone())));
        if tell {
            change = change.event(&next.event(), at, &cause_of(id));
        }
        (change, next)
    }

    /// Publishes the interactions that the file's messages changed, each pair once.
    async fn publish(&self, import: Import, hold: &dyn Hold) -> Result<Import, RunError> {
        let (mut import, mut conflicts) = (import, 0);
        loop {
            let persons = self.store.stale(import.id, PERSONS).await?;
            if persons.is_empty() {
                return Ok(import);
            }
            if !hold.holds().await || conflicts > ATTEMPTS {
                return Err(RunError::Lost);
            }
            let at: Timestamp = super::now(&*self.clock);
            let (account, id) = (import.account, import.id);
            let (change, events) = self.interactions.of(account, Some(id), persons, at).await?;
            let next = import.clone().told(0, events);
            let change = change.write(IngestWrite::ImportSaved(Box::new(next.clone())));
            match self.store.commit(change).await {
                Ok(()) => import = next,
                Err(CommitError::Conflict(_)) => {
                    conflicts += 1;
                    self.still_there(&import).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What must be loaded to decide on a batch.
struct Asked {
    keys: Vec<Key>,
    records: Vec<Vec<u8>>,
    letters: Vec<Vec<u8>>,
}

impl Asked {
    fn of(batch: &[Prepared]) -> Self {
        let (mut keys, mut records, mut letters) = (BTreeSet::new(), Vec::new(), Vec::new());
        for prepared in batch {
            match &prepared.what {
                What::Contact(arrival) => {
                    keys.extend(arrival.keys.iter().cloned());
                    records.push(arrival.hash.clone());
                }
                What::Letter(letter) => {
                    keys.extend(letter.keys().cloned());
                    letters.push(letter.hash.clone());
                }
                What::Neither { .. } => {}
            }
        }
        Self {
            keys: keys.into_iter().collect(),
            records,
            letters,
        }
    }
}
