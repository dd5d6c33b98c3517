//! An account's imports are run by the replica that holds the account's lease, and go on batch by
//! batch as their turns come.

use std::{
    convert::Infallible,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::commit::CommitError;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{App, run_import::RunError, turns::Turn};

/// How long a replica that died keeps an account's imports from others, and from its next start.
const LEASE: Duration = Duration::from_secs(8);
/// How often the lease is prolonged while an import runs, however long one of its batches takes.
const PROLONG_EVERY: Duration = Duration::from_secs(2);
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

/// Held while one of an account's imports runs.
pub(super) struct Lease<'a> {
    app: &'a App,
    import: ImportId,
    name: String,
    holder: Uuid,
    lost: CancellationToken,
    began: Timestamp,
    /// Until when it goes on although others wait; known when its reader is where it stopped.
    until: Mutex<Option<Timestamp>>,
}

impl<'a> Lease<'a> {
    /// Takes the lease of an account to run an import of it; none where another replica has it.
    pub(super) async fn acquire(
        app: &'a App,
        account: AccountId,
        import: ImportId,
        holder: Uuid,
        stop: &CancellationToken,
    ) -> Result<Option<Self>, CommitError> {
        let name = name(account);
        let is_held = app.store.acquire(&name, holder, LEASE).await?;
        Ok(is_held.then(|| Self {
            app,
            import,
            name,
            holder,
            lost: stop.child_token(),
            began: app.clock.now(),
            until: Mutex::new(None),
        }))
    }

    pub(super) async fn release(self) -> Result<(), CommitError> {
        self.app.store.release(&self.name, self.holder).await
    }

    /// Waits for the import's turn; an error where it is not to go on.
    pub(super) async fn turn(&self) -> Result<Turn, RunError> {
        if self.has_had_its_time() {
            match self.app.others_wait(self.holder).await {
                Ok(true) => return Err(RunError::MakesRoom),
                Ok(false) => {}
                // No fault of the import: it looks again in a moment.
                Err(error) => tracing::warn!(%error, "not known whether others wait"),
            }
        }
        let turn = self.app.turns.next().await;
        if self.lost.is_cancelled() {
            return Err(RunError::Lost);
        }
        Ok(turn)
    }

    /// Completes when the import is not this replica's to run any more.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Prolongs it for as long as it is polled. Once somebody else has it, it stays lost; and there
    /// is nothing to hold on to when the import was cancelled or its account is gone.
    pub(super) async fn prolong(&self) -> Infallible {
        let store = &self.app.store;
        loop {
            self.app.clock.sleep(PROLONG_EVERY).await;
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
        let now = self.app.clock.now();
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

impl App {
    /// Whether an account's import waits that no replica has under way, and none here can begin.
    async fn others_wait(&self, holder: Uuid) -> Result<bool, CommitError> {
        if !self.turns.are_all_taken() {
            return Ok(false);
        }
        for import in self.next_imports().await?.into_iter().take(TRIED) {
            let name = name(import.account);
            if self.store.acquire(&name, holder, LEASE).await? {
                self.store.release(&name, holder).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The lease under which the imports of an account run.
fn name(account: AccountId) -> String {
    format!("book:{account}")
}
