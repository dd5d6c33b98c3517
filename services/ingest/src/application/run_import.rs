//! Reads a queued file to its end: in batches, each one commit, so that a kill at any moment loses
//! nothing and takes nothing twice; the next start goes on behind the last batch. Before each batch
//! it waits for its turn among the imports of other accounts.

use std::sync::Arc;

use jiff::SignedDuration;
use kith_formats::Limits;
use kith_shared::keys::KeyHasher;
use skeleton_durable::{
    blobs::{BlobError, Blobs},
    clock::Clock,
    commit::{ChangeSet, CommitError},
};

use super::{
    ATTEMPTS,
    publish_interactions::{PERSONS, PublishInteractions},
    read_file::{Read, Source, read_file},
    save_book::cause_of,
    turns::Turn,
};
use crate::{
    domain::{
        account::Account,
        import::{FileFormat, Import},
    },
    ports::{Store, Write},
};

/// Progress is told no more often.
const TELL_EVERY: SignedDuration = SignedDuration::from_millis(500);

/// What is told of a file whose reader broke down; the log has the rest.
const BROKEN: &str = "something in the file broke the reader down; please report it";

/// See the module.
#[derive(Clone)]
pub struct RunImport {
    /// The store.
    pub store: Arc<dyn Store>,
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
    /// Somebody else has it now, it was cancelled, it is gone, or this replica is to stop.
    #[error("not ours any more")]
    Lost,
    /// It had its time, and others wait that could not be begun.
    #[error("others wait")]
    MakesRoom,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] CommitError),
    /// The blob store failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// Whether and when an import may go on.
#[async_trait::async_trait]
pub trait Hold: Send + Sync {
    /// Waits for the import's turn.
    ///
    /// # Errors
    /// Why it is not to go on, where it is not.
    async fn turn(&self) -> Result<Turn, RunError>;
    /// Completes when the import is not this replica's to run any more.
    async fn lost(&self);
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
        // One of a later version's formats waits for a replica that knows it.
        let FileFormat::Known(format) = import.format else {
            return Err(RunError::Lost);
        };
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
        let source = Source {
            format,
            import: import.clone(),
            owner,
            hasher: self.hasher.clone(),
        };
        let mut batches = read_file(source, file, self.limits);
        let (mut run, mut told_at) = (import, super::now(&*self.clock));
        let problem = loop {
            let read = tokio::select! {
                // A reader that ends without a word broke down.
                read = batches.recv() => read.unwrap_or(Read::Broken),
                () = hold.lost() => return Err(RunError::Lost),
            };
            let _turn = hold.turn().await?;
            let (batch, problem) = match read {
                Read::Batch(batch) => (batch, None),
                // Of a file that is no file of its kind nothing is kept.
                Read::Failed(_, error) if run.taken == 0 => (Vec::new(), Some(error.to_string())),
                Read::Failed(batch, error) => (batch, Some(error.to_string())),
                Read::End => break None,
                Read::Broken => break Some(BROKEN.to_owned()),
            };
            if !batch.is_empty() {
                let now = super::now(&*self.clock);
                let tell = now.duration_since(told_at) >= TELL_EVERY;
                if tell {
                    told_at = now;
                }
                run = self.batch(run, &batch, tell).await?;
            }
            if problem.is_some() {
                break problem;
            }
        };
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
        let import = import.failed(problem, super::now(&*self.clock));
        // Given up before its interactions were published, it leaves them to be published apart.
        let change = ChangeSet::new().write(Write::StaleApart(import.id));
        let import = self.save_with(import, change).await?;
        drop_blob(&*self.store, &*self.blobs, &import).await;
        Ok(import)
    }

    async fn end(&self, import: Import) -> Result<Import, RunError> {
        let import = self
            .save(import.read_through(super::now(&*self.clock)))
            .await?;
        drop_blob(&*self.store, &*self.blobs, &import).await;
        Ok(import)
    }

    async fn save(&self, import: Import) -> Result<Import, RunError> {
        self.save_with(import, ChangeSet::new()).await
    }

    async fn save_with(
        &self,
        import: Import,
        change: ChangeSet<Write>,
    ) -> Result<Import, RunError> {
        let (event, at) = (import.event(), super::now(&*self.clock));
        let change = change
            .write(Write::ImportSaved(Box::new(import.clone())))
            .event(&event, at, &cause_of(import.id));
        match self.store.commit(change).await {
            Ok(()) => Ok(import),
            Err(CommitError::Conflict(_)) => Err(RunError::Lost),
            Err(error) => Err(error.into()),
        }
    }

    /// Publishes the interactions that the file's messages changed, each pair once.
    async fn publish(&self, import: Import, hold: &dyn Hold) -> Result<Import, RunError> {
        let (mut import, mut conflicts) = (import, 0);
        loop {
            let persons = self.store.stale(import.id, PERSONS).await?;
            if persons.is_empty() {
                return Ok(import);
            }
            if conflicts > ATTEMPTS {
                return Err(RunError::Lost);
            }
            let _turn = hold.turn().await?;
            let at = super::now(&*self.clock);
            let (account, id) = (import.account, import.id);
            let (change, events) = self.interactions.of(account, Some(id), persons, at).await?;
            let next = import.clone().told(0, events);
            let change = change.write(Write::ImportSaved(Box::new(next.clone())));
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

/// Deletes the file of an import that has ended. One that cannot be deleted now is deleted by the
/// sweep.
pub(super) async fn drop_blob(store: &dyn Store, blobs: &dyn Blobs, import: &Import) {
    if let Err(error) = blobs.delete(import.id.0).await {
        tracing::warn!(import = %import.id, %error, "a file is left, to be deleted later");
        return;
    }
    let gone = ChangeSet::new().write(Write::BlobGone(import.id));
    if let Err(error) = store.commit(gone).await {
        tracing::warn!(import = %import.id, %error, "not noted that the file is deleted");
    }
}
