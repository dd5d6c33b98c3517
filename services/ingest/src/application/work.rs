//! The worker: runs queued imports, one account at a time per replica, publishes what is stale,
//! deletes files that have served.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::{
    blobs::Blobs,
    clock::Clock,
    commit::{ChangeSet, CommitError},
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    is_unreadable,
    run_import::{Hold, RunError, RunImport},
};
use crate::{
    domain::{account::Account, import::Import},
    ports::{IngestStore, IngestWrite},
};

/// How long a replica that died keeps an account's imports from others, and from its next start.
const LEASE: Duration = Duration::from_secs(8);
/// How often the lease is prolonged while an import runs, however long one of its batches takes.
const PROLONG_EVERY: Duration = Duration::from_secs(2);
/// How often the worker looks when nobody wakes it.
const IDLE: Duration = Duration::from_secs(2);
/// How long it waits after something went wrong.
const TROUBLE: Duration = Duration::from_secs(1);
/// How long an import waits for users to tell of its account: without the owner's addresses,
/// their own mail cannot be told from others'.
const ACCOUNT_WITHIN: SignedDuration = SignedDuration::from_secs(20);
/// How often it looks meanwhile.
const ACCOUNT_POLL: Duration = Duration::from_millis(100);
/// An upload that came to nothing for so long never will.
const UPLOAD_OLD: SignedDuration = SignedDuration::from_hours(24);
/// Failures after which an import is given up.
const TRIALS: u32 = 5;
/// Why an import was given up that met a row which cannot be read.
const UNREADABLE: &str = "something that is stored of your book cannot be read; whoever runs this \
    instance finds it with `kith doctor`; bring the file again when it is mended";
/// Imports looked at in one turn.
const LOOK: usize = 200;

/// See the module.
pub struct Work {
    /// The store.
    pub store: Arc<dyn IngestStore>,
    /// Where files wait.
    pub blobs: Arc<dyn Blobs>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Runs one import.
    pub run: RunImport,
    /// Tells that something waits.
    pub wake: Arc<Notify>,
}

/// Holds an account's lease while one of its imports runs.
struct Lease<'a> {
    work: &'a Work,
    name: String,
    holder: Uuid,
    stop: &'a CancellationToken,
    lost: AtomicBool,
}

#[async_trait::async_trait]
impl Hold for Lease<'_> {
    async fn holds(&self) -> bool {
        !self.stop.is_cancelled() && !self.lost.load(Ordering::Relaxed)
    }
}

impl Lease<'_> {
    /// Prolongs it for as long as it is polled. Once somebody else has it, it stays lost.
    async fn prolong(&self) -> Infallible {
        let store = &self.work.store;
        loop {
            self.work.clock.sleep(PROLONG_EVERY).await;
            match store.acquire(&self.name, self.holder, LEASE).await {
                Ok(true) => {}
                Ok(false) => self.lost.store(true, Ordering::Relaxed),
                // Tried again before it runs out; if it does, the book's version protects.
                Err(error) => tracing::warn!(lease = self.name, %error, "not prolonged"),
            }
        }
    }
}

impl Work {
    /// Works until `stop`.
    pub async fn until(self: Arc<Self>, stop: CancellationToken) {
        let holder = Uuid::now_v7();
        let mut failures: HashMap<ImportId, u32> = HashMap::new();
        while !stop.is_cancelled() {
            let wait = match self.turn(holder, &mut failures, &stop).await {
                Ok(Some(wait)) => wait,
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "to be tried again");
                    TROUBLE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake.notified() => {}
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    /// Does one thing; says how long to wait when there was none.
    async fn turn(
        &self,
        holder: Uuid,
        failures: &mut HashMap<ImportId, u32>,
        stop: &CancellationToken,
    ) -> Result<Option<Duration>, CommitError> {
        if self.run.interactions.apart().await? {
            return Ok(None);
        }
        self.sweep().await?;
        let mut seen: Vec<AccountId> = Vec::new();
        let mut wait = IDLE;
        for import in self.store.waiting_imports(LOOK).await? {
            // The imports of one account run one after the other, in their order.
            if seen.contains(&import.account) {
                continue;
            }
            seen.push(import.account);
            let owner = match self.owner(&import).await {
                Ok(Some(owner)) => owner,
                Ok(None) => {
                    wait = ACCOUNT_POLL;
                    continue;
                }
                Err(error) if is_unreadable(&error) => {
                    tracing::error!(import = %import.id, %error, "waits for its account");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let name = format!("book:{}", import.account);
            if !self.store.acquire(&name, holder, LEASE).await? {
                continue;
            }
            let lease = Lease {
                work: self,
                name,
                holder,
                stop,
                lost: AtomicBool::new(false),
            };
            let ran = tokio::select! {
                ran = self.one(import, owner, failures, &lease) => ran,
                never = lease.prolong() => match never {},
            };
            self.store.release(&lease.name, holder).await?;
            return Ok((!ran?).then_some(ACCOUNT_POLL));
        }
        Ok(Some(wait))
    }

    /// The account as users told of it, or, when it does not for long, as one without addresses.
    async fn owner(&self, import: &Import) -> Result<Option<Account>, CommitError> {
        if let Some(owner) = self.store.account(import.account).await? {
            return Ok(Some(owner));
        }
        let waited = self.clock.now().duration_since(import.created_at);
        Ok((waited >= ACCOUNT_WITHIN).then(|| Account::with_emails(import.account, [])))
    }

    /// Runs one. False where it stopped before its end.
    async fn one(
        &self,
        import: Import,
        owner: Account,
        failures: &mut HashMap<ImportId, u32>,
        lease: &Lease<'_>,
    ) -> Result<bool, CommitError> {
        // It may have been run between the look and the lease.
        let id = import.id;
        let Some(import) = self.store.import(id).await?.filter(Import::is_to_be_read) else {
            return Ok(true);
        };
        let error = match self.run.run(import, owner, lease).await {
            Ok(import) => {
                failures.remove(&id);
                tracing::info!(import = %id, status = ?import.status, records = import.counts.records(), "import read");
                return Ok(true);
            }
            Err(RunError::Lost) => return Ok(false),
            Err(error) => error,
        };
        let count = failures.entry(id).or_default();
        *count += 1;
        tracing::error!(import = %id, error = format!("{error:#}"), failures = *count, "import interrupted");
        if *count >= TRIALS
            && let Some(import) = self.store.import(id).await?.filter(Import::is_to_be_read)
        {
            let problem = match &error {
                RunError::Store(error) if is_unreadable(error) => UNREADABLE,
                _ => "something went wrong here, several times; the log has the details",
            };
            if let Err(error) = self.run.fail(import, problem.to_owned()).await {
                tracing::error!(import = %id, error = format!("{error:#}"), "could not be given up");
            }
        }
        self.clock.sleep(TROUBLE).await;
        Ok(false)
    }

    /// Deletes files that have served, and those of uploads that came to nothing.
    async fn sweep(&self) -> Result<(), CommitError> {
        let before = self
            .clock
            .now()
            .saturating_sub(UPLOAD_OLD)
            .unwrap_or(Timestamp::MIN);
        for (id, is_import) in self.store.useless_blobs(before, LOOK).await? {
            if let Err(error) = self.blobs.delete(id.0).await {
                tracing::warn!(import = %id, %error, "a file cannot be deleted");
                return Ok(());
            }
            let gone = if is_import {
                IngestWrite::BlobGone(id)
            } else {
                IngestWrite::UploadEnded(id)
            };
            self.store.commit(ChangeSet::new().write(gone)).await?;
        }
        Ok(())
    }
}
