//! Reads a queued file to its end: in batches, each one commit, so that a kill at any moment loses
//! nothing and takes nothing twice; the next start goes on behind the last batch. Before each batch
//! it waits for its turn among the imports of other accounts.

use jiff::SignedDuration;
use skeleton_durable::{
    blobs::BlobError,
    commit::{ChangeSet, CommitError, decide},
};

use super::{
    App, cause_of,
    lease::Lease,
    publish_interactions::PERSONS,
    read_file::{Read, Source, read_file},
};
use crate::{
    domain::{
        account::Account,
        import::{FileFormat, Import, WrongStage},
    },
    ports::Write,
};

/// Progress is published no more often.
const PUBLISH_EVERY: SignedDuration = SignedDuration::from_millis(500);

/// What is shown of a file whose reader broke down; the log has the rest.
const BROKEN: &str = "something in the file broke the reader down; please report it";

/// Why an import stopped before its end; it waits to be taken up again.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    /// Somebody else has it now, it was cancelled, it is gone, or this replica is to stop.
    #[error("not ours any more")]
    Lost,
    /// It had its time, and others wait that could not be begun.
    #[error("others wait")]
    MakesRoom,
    /// The store failed.
    #[error(transparent)]
    Store(CommitError),
    /// The blob store failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl From<CommitError> for RunError {
    /// A conflict that deciding again does not mend: somebody else changes the import.
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::Lost,
            error => Self::Store(error),
        }
    }
}

impl From<WrongStage> for RunError {
    fn from(_: WrongStage) -> Self {
        Self::Lost
    }
}

impl App {
    /// Runs an import to its end.
    pub(super) async fn run_import(
        &self,
        import: Import,
        owner: Account,
        lease: &Lease<'_>,
    ) -> Result<Import, RunError> {
        // One of a later version's formats waits for a replica that knows it.
        let FileFormat::Known(format) = import.format else {
            return Err(RunError::Lost);
        };
        let import = self.save(import.started(self.now())?).await?;
        let file = match self.blobs.open(import.id.0).await {
            Ok(file) => file,
            Err(BlobError::Missing) => {
                let problem = "the stored file is not there any more".to_owned();
                return self.fail_import(import, problem).await;
            }
            Err(error) => return Err(error.into()),
        };
        let source = Source {
            format,
            import: import.clone(),
            owner,
            hasher: self.key_hasher.clone(),
        };
        let mut batches = read_file(source, file, self.limits);
        let (mut run, mut published_at) = (import, self.now());
        let problem = loop {
            let read = tokio::select! {
                // A reader that ends without a word broke down.
                read = batches.recv() => read.unwrap_or(Read::Broken),
                () = lease.lost() => return Err(RunError::Lost),
            };
            let _turn = lease.turn().await?;
            let (batch, problem) = match read {
                Read::Batch(batch) => (batch, None),
                // Of a file that is no file of its kind nothing is kept.
                Read::Failed(_, error) if run.taken == 0 => (Vec::new(), Some(error.to_string())),
                Read::Failed(batch, error) => (batch, Some(error.to_string())),
                Read::End => break None,
                Read::Broken => break Some(BROKEN.to_owned()),
            };
            if !batch.is_empty() {
                let now = self.now();
                let publish = now.duration_since(published_at) >= PUBLISH_EVERY;
                if publish {
                    published_at = now;
                }
                run = self.take_batch(run, &batch, publish).await?;
            }
            if problem.is_some() {
                break problem;
            }
        };
        let run = self.publish_import(run, lease).await?;
        if let Some(problem) = problem {
            return self.fail_import(run, problem).await;
        }
        let import = self.save(run.read_through(self.now())?).await?;
        self.drop_file(import.id).await;
        Ok(import)
    }

    /// Ends it as failed. Given up before its interactions were published, it leaves them to be
    /// published apart.
    pub(super) async fn fail_import(
        &self,
        import: Import,
        problem: String,
    ) -> Result<Import, RunError> {
        let apart = ChangeSet::new().write(Write::StaleApart(import.id));
        let import = self
            .save_with(import.failed(problem, self.now())?, apart)
            .await?;
        self.drop_file(import.id).await;
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
        let change = change
            .write(Write::ImportSaved(Box::new(import.clone())))
            .event(&import.event(), self.now(), &cause_of(import.id));
        self.store.commit(change).await?;
        Ok(import)
    }

    /// Publishes the interactions that the file's messages changed, each pair once.
    async fn publish_import(
        &self,
        mut import: Import,
        lease: &Lease<'_>,
    ) -> Result<Import, RunError> {
        while let Some(next) = self.publish_some(&import, lease).await? {
            import = next;
        }
        Ok(import)
    }

    /// Publishes the next of them; none where none are left.
    async fn publish_some(
        &self,
        import: &Import,
        lease: &Lease<'_>,
    ) -> Result<Option<Import>, RunError> {
        let (account, id) = (import.account, import.id);
        decide(async || {
            let persons = self.store.stale(id, PERSONS).await?;
            if persons.is_empty() {
                return Ok(Ok(None));
            }
            let _turn = lease.turn().await?;
            let (change, events) = self
                .interactions_of(account, Some(id), persons, self.now())
                .await?;
            let next = import.clone().published_interactions(events)?;
            let change = change.write(Write::ImportSaved(Box::new(next.clone())));
            let committed = self.commit_unless_lost(change, import).await?;
            Ok(committed.map(|()| Some(next)))
        })
        .await
    }

    /// Commits; a conflict with somebody who changed the book is the inner error, one with somebody
    /// who changed the import is [`RunError::Lost`].
    pub(super) async fn commit_unless_lost(
        &self,
        change: ChangeSet<Write>,
        import: &Import,
    ) -> Result<Result<(), CommitError>, RunError> {
        let committed = self.store.commit(change).await;
        if matches!(committed, Err(CommitError::Conflict(_))) {
            let stored = self.store.import(import.id).await?;
            if stored.is_none_or(|stored| stored.version != import.version) {
                return Err(RunError::Lost);
            }
        }
        Ok(committed)
    }
}
