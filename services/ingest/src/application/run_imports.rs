//! The workers: each runs a queued import, of an account that no other has under way; one beside
//! them publishes what is stale and deletes files that have served.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
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
    turns::{Turn, Turns},
};
use crate::{
    domain::{account::Account, import::Import},
    ports::{Store, Write},
};

/// How long a replica that died keeps an account's imports from others, and from its next start.
const LEASE: Duration = Duration::from_secs(8);
/// How often the lease is prolonged while an import runs, however long one of its batches takes.
const PROLONG_EVERY: Duration = Duration::from_secs(2);
/// How often the worker looks when nobody wakes it.
const IDLE: Duration = Duration::from_secs(2);
/// How long an import stays under way at least while others wait that cannot be begun. It is more
/// where its reader took long to come to where it had stopped, so that most of the time goes into
/// getting on, and a long file is not read from its beginning ever again.
const AT_LEAST: SignedDuration = SignedDuration::from_secs(3);
/// By how much it is more: so many times as long as that took.
const TIMES_COMING_BACK: i32 = 3;
/// How often an import that had its time looks whether anybody waits.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(1);
/// Waiting imports that are tried, of which another replica may have each under way.
const TRIED: usize = 20;
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
/// Accounts, and files, looked at in one turn.
const LOOK: usize = 200;

/// See the module.
pub struct Work {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Where files wait.
    pub blobs: Arc<dyn Blobs>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Runs one import.
    pub run: RunImport,
    /// Whose turn it is.
    pub turns: Arc<Turns>,
    /// Tells that an import waits.
    pub wake: Arc<Notify>,
    /// Tells that interactions may be stale.
    pub stale: Arc<Notify>,
}

/// Holds an account's lease while one of its imports runs.
struct Lease<'a> {
    work: &'a Work,
    import: ImportId,
    name: String,
    holder: Uuid,
    lost: CancellationToken,
    began: Timestamp,
    /// Until when it goes on although others wait; known when its reader is where it stopped.
    until: Mutex<Option<Timestamp>>,
}

#[async_trait::async_trait]
impl Hold for Lease<'_> {
    async fn turn(&self) -> Result<Turn, RunError> {
        if self.has_had_its_time() {
            match self.work.others_wait(self.holder).await {
                Ok(true) => return Err(RunError::MakesRoom),
                Ok(false) => {}
                // No fault of the import: it looks again in a moment.
                Err(error) => tracing::warn!(%error, "not known whether others wait"),
            }
        }
        let turn = self.work.turns.next().await;
        if self.lost.is_cancelled() {
            return Err(RunError::Lost);
        }
        Ok(turn)
    }

    async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

impl Lease<'_> {
    /// Prolongs it for as long as it is polled. Once somebody else has it, it stays lost; and there
    /// is nothing to hold on to when the import was cancelled or its account is gone.
    async fn prolong(&self) -> Infallible {
        let store = &self.work.store;
        loop {
            self.work.clock.sleep(PROLONG_EVERY).await;
            let held = async {
                let held = store.acquire(&self.name, self.holder, LEASE).await?;
                let import = store.import(self.import).await?;
                Ok::<_, CommitError>(held && import.is_some_and(|import| import.is_to_be_read()))
            };
            match held.await {
                Ok(true) => {}
                Ok(false) => self.lost.cancel(),
                // Tried again before it runs out; if it does, the book's version protects.
                Err(error) => tracing::warn!(lease = self.name, %error, "not prolonged"),
            }
        }
    }

    fn has_had_its_time(&self) -> bool {
        let now = self.work.clock.now();
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(end) = *until else {
            let coming_back = now.duration_since(self.began);
            let time = AT_LEAST.max(coming_back.saturating_mul(TIMES_COMING_BACK));
            *until = Some(now.saturating_add(time).unwrap_or(Timestamp::MAX));
            return false;
        };
        if now < end {
            return false;
        }
        // Should nobody wait now, it goes on until the next look.
        *until = Some(now.saturating_add(LOOK_AGAIN).unwrap_or(Timestamp::MAX));
        true
    }
}

impl Work {
    /// Runs imports until `stop`.
    pub async fn run_until(self: Arc<Self>, stop: CancellationToken) {
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

    /// Publishes and tidies until `stop`.
    pub async fn tidy_until(self: Arc<Self>, stop: CancellationToken) {
        let mut served = None;
        while !stop.is_cancelled() {
            let wait = match self.tidy(&mut served).await {
                Ok(true) => continue,
                Ok(false) => IDLE,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "to be tried again");
                    TROUBLE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.stale.notified() => {}
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    /// Says whether there is more to publish. `served`: whose interactions were last published.
    async fn tidy(&self, served: &mut Option<AccountId>) -> Result<bool, CommitError> {
        *served = self.run.interactions.apart(*served).await?;
        if served.is_some() {
            return Ok(true);
        }
        self.sweep().await?;
        Ok(false)
    }

    /// Runs one import; says how long to wait when there was none.
    async fn turn(
        &self,
        holder: Uuid,
        failures: &mut HashMap<ImportId, u32>,
        stop: &CancellationToken,
    ) -> Result<Option<Duration>, CommitError> {
        let mut wait = IDLE;
        // Of an account the oldest: its imports run one after the other, in their order.
        let waiting = self.store.waiting_imports(LOOK).await?;
        for import in self.turns.next_first(waiting) {
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
            let Some(_under_way) = self.turns.begin(import.account) else {
                continue;
            };
            let name = book(import.account);
            if !self.store.acquire(&name, holder, LEASE).await? {
                continue;
            }
            let lease = Lease {
                work: self,
                import: import.id,
                name,
                holder,
                lost: stop.child_token(),
                began: self.clock.now(),
                until: Mutex::new(None),
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

    /// Whether an account's import waits that no replica has under way, and none here can begin.
    async fn others_wait(&self, holder: Uuid) -> Result<bool, CommitError> {
        if !self.turns.are_all_taken() {
            return Ok(false);
        }
        let waiting = self.store.waiting_imports(LOOK).await?;
        for import in self.turns.next_first(waiting).into_iter().take(TRIED) {
            let name = book(import.account);
            if self.store.acquire(&name, holder, LEASE).await? {
                self.store.release(&name, holder).await?;
                return Ok(true);
            }
        }
        Ok(false)
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
            failures.remove(&id);
            return Ok(true);
        };
        let error = match self.run.run(import, owner, lease).await {
            Ok(import) => {
                failures.remove(&id);
                tracing::info!(import = %id, status = ?import.status, records = import.counts.records(), "import read");
                return Ok(true);
            }
            Err(RunError::Lost) => return Ok(false),
            Err(RunError::MakesRoom) => return Ok(true),
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
        let ended = self.store.ended_with_file(LOOK).await?.into_iter();
        let abandoned = self
            .store
            .abandoned_uploads(before, LOOK)
            .await?
            .into_iter();
        let ended = ended.map(|id| (id, Write::BlobGone(id)));
        for (id, gone) in ended.chain(abandoned.map(|id| (id, Write::UploadEnded(id)))) {
            if let Err(error) = self.blobs.delete(id.0).await {
                tracing::warn!(import = %id, %error, "a file cannot be deleted");
                return Ok(());
            }
            self.store.commit(ChangeSet::new().write(gone)).await?;
        }
        Ok(())
    }
}

/// The lease under which the imports of an account run.
fn book(account: AccountId) -> String {
    format!("book:{account}")
}
