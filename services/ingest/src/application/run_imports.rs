//! By itself: each worker runs a queued import, of an account that no other has under way.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::SignedDuration;
use kith_shared::ids::ImportId;
use skeleton_durable::commit::CommitError;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{App, is_unreadable, lease::Lease, run_import::RunError};
use crate::domain::{account::Account, import::Import};

/// How often a worker looks when nobody wakes it.
const IDLE: Duration = Duration::from_secs(2);
/// How long it waits after something went wrong.
const TROUBLE: Duration = Duration::from_secs(1);
/// How long an import waits until users has published its account: without the owner's addresses,
/// their own mail cannot be told from others'.
const ACCOUNT_WITHIN: SignedDuration = SignedDuration::from_secs(20);
/// How often it looks meanwhile.
const ACCOUNT_POLL: Duration = Duration::from_millis(100);
/// Failures after which an import is given up.
const FAILURES_LIMIT: u32 = 5;
/// Why an import was given up that met a row which cannot be read.
const UNREADABLE: &str = "something that is stored of your book cannot be read; whoever runs this \
    instance finds it with `kith doctor`; bring the file again when it is mended";
/// Accounts looked at in one turn.
const ACCOUNTS: usize = 200;

impl App {
    /// Runs imports until `stop`.
    pub async fn run_imports(self: Arc<Self>, stop: CancellationToken) {
        let holder = (self.new_id)();
        let mut failures: HashMap<ImportId, u32> = HashMap::new();
        while !stop.is_cancelled() {
            let wait = match self.run_next(holder, &mut failures, &stop).await {
                Ok(Some(wait)) => wait,
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "to be tried again");
                    TROUBLE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.import_queued.notified() => {}
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    /// Runs one import; says how long to wait when there was none.
    async fn run_next(
        &self,
        holder: Uuid,
        failures: &mut HashMap<ImportId, u32>,
        stop: &CancellationToken,
    ) -> Result<Option<Duration>, CommitError> {
        let mut wait = IDLE;
        for import in self.next_imports().await? {
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
            let (account, id) = (import.account, import.id);
            let Some(_under_way) = self.turns.begin(account) else {
                continue;
            };
            let Some(lease) = Lease::acquire(self, account, id, holder, stop).await? else {
                continue;
            };
            let ran = tokio::select! {
                ran = self.run_one(id, owner, failures, &lease) => ran,
                never = lease.prolong() => match never {},
            };
            lease.release().await?;
            return Ok((!ran?).then_some(ACCOUNT_POLL));
        }
        Ok(Some(wait))
    }

    /// Of each account the oldest import that waits and is not under way here, in the order in
    /// which to begin them: an account's imports run one after the other.
    pub(super) async fn next_imports(&self) -> Result<Vec<Import>, CommitError> {
        let waiting = self.store.waiting_imports(ACCOUNTS).await?;
        Ok(self.turns.next_first(waiting))
    }

    /// The account as users published it, or, when it does not for long, as one without addresses.
    async fn owner(&self, import: &Import) -> Result<Option<Account>, CommitError> {
        if let Some(owner) = self.store.account(import.account).await? {
            return Ok(Some(owner));
        }
        let waited = self.clock.now().duration_since(import.created_at);
        Ok((waited >= ACCOUNT_WITHIN).then(|| Account::with_emails(import.account, [])))
    }

    /// Runs one. False where it stopped before its end.
    async fn run_one(
        &self,
        id: ImportId,
        owner: Account,
        failures: &mut HashMap<ImportId, u32>,
        lease: &Lease<'_>,
    ) -> Result<bool, CommitError> {
        // It may have been run between the look and the lease.
        let Some(import) = self.store.import(id).await?.filter(Import::is_to_be_read) else {
            failures.remove(&id);
            return Ok(true);
        };
        let error = match self.run_import(import, owner, lease).await {
            Ok(import) => {
                failures.remove(&id);
                tracing::info!(import = %id, stage = import.stage.parts().name, records = import.counts.records(), "import read");
                return Ok(true);
            }
            Err(RunError::Lost) => return Ok(false),
            Err(RunError::MakesRoom) => return Ok(true),
            Err(error) => error,
        };
        let count = failures.entry(id).or_default();
        *count += 1;
        tracing::error!(import = %id, error = format!("{error:#}"), failures = *count, "import interrupted");
        if *count >= FAILURES_LIMIT
            && let Some(import) = self.store.import(id).await?.filter(Import::is_to_be_read)
        {
            let problem = match &error {
                RunError::Store(error) if is_unreadable(error) => UNREADABLE,
                _ => "something went wrong here, several times; the log has the details",
            };
            if let Err(error) = self.fail_import(import, problem.to_owned()).await {
                tracing::error!(import = %id, error = format!("{error:#}"), "could not be given up");
            }
        }
        self.clock.sleep(TROUBLE).await;
        Ok(false)
    }
}
