//! The tasks of a process and the order in which it ends.
//!
//! `request` says: readiness off, background work stops taking. `finish` waits, for so long and no
//! longer, until every task is done. Tasks are named and supervised: none dies unnoticed.

use crate::problem::panic_text;
use futures::FutureExt;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A task that ran this long is taken as healthy: its next failure starts with a short pause again.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);
/// After so many failures in a row a supervised task makes the process not ready.
const FAILURES_UNTIL_NOT_READY: u32 = 3;

/// The end of a process, shared by everything that must notice it. Clones are the same.
#[derive(Clone, Default)]
pub struct Shutdown {
    requested: CancellationToken,
    tracker: TaskTracker,
    running: Arc<Mutex<Vec<&'static str>>>,
    failing: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl std::fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Shutdown(requested: {}, running: {:?})",
            self.is_requested(),
            self.running()
        )
    }
}

impl Shutdown {
    /// Nothing requested, no tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everything to end. Idempotent.
    pub fn request(&self) {
        self.requested.cancel();
    }

    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        self.requested.is_cancelled()
    }

    /// Completes when the end is asked for.
    pub async fn requested(&self) {
        self.requested.cancelled().await;
    }

    /// The token that tasks select on; children of it end with it.
    pub fn token(&self) -> CancellationToken {
        self.requested.clone()
    }

    /// Requests the end at SIGTERM or SIGINT.
    ///
    /// # Errors
    /// When the signal handlers cannot be installed.
    pub fn on_signals(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                () = shutdown.requested() => return,
            };
            tracing::info!(signal = name, "shutting down");
            shutdown.request();
        });
        Ok(())
    }

    /// Runs `future` once, under `name`. A panic is logged and makes the process not ready.
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let shutdown = self.clone();
        let running = self.enter(name);
        self.tracker.spawn(async move {
            let _running = running;
            if let Err(panic) = AssertUnwindSafe(future).catch_unwind().await {
                tracing::error!(task = name, panic = panic_text(&*panic), "task panicked");
                lock(&shutdown.failing).insert(name);
            }
        });
    }

    /// Keeps a task running until the end is requested: after an error or a panic it is started
    /// again with growing pauses. `start` is given the token that it must end on. Three failures
    /// in a row make the process not ready until it has recovered.
    pub fn supervise<F, E>(
        &self,
        name: &'static str,
        mut start: impl FnMut(CancellationToken) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let shutdown = self.clone();
        let running = self.enter(name);
        self.tracker.spawn(async move {
            let _running = running;
            let mut failures: u32 = 0;
            loop {
                let started = Instant::now();
                let run = async { start(shutdown.token()).await };
                let outcome = shutdown
                    .recovering(name, failures, AssertUnwindSafe(run).catch_unwind())
                    .await;
                match outcome {
                    Ok(Ok(())) => break,
                    Ok(Err(error)) => tracing::error!(task = name, %error, "task failed"),
                    Err(panic) => {
                        tracing::error!(task = name, panic = panic_text(&*panic), "task panicked");
                    }
                }
                failures = if started.elapsed() >= HEALTHY_AFTER {
                    1
                } else {
                    failures + 1
                };
                if failures >= FAILURES_UNTIL_NOT_READY {
                    lock(&shutdown.failing).insert(name);
                }
                tokio::select! {
                    () = tokio::time::sleep(pause_after(failures)) => {}
                    () = shutdown.requested() => break,
                }
            }
            lock(&shutdown.failing).remove(name);
        });
    }

    /// Runs `run`; when it lasts, the task is no longer counted as failing.
    async fn recovering<T>(
        &self,
        name: &'static str,
        failures: u32,
        run: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(run);
        if failures < FAILURES_UNTIL_NOT_READY {
            return run.await;
        }
        tokio::select! {
            outcome = &mut run => return outcome,
            () = tokio::time::sleep(HEALTHY_AFTER) => {}
        }
        lock(&self.failing).remove(name);
        run.await
    }

    /// Names of tasks that panicked or keep failing.
    pub fn failing(&self) -> Vec<&'static str> {
        lock(&self.failing).iter().copied().collect()
    }

    /// Names of tasks that have not ended.
    pub fn running(&self) -> Vec<&'static str> {
        lock(&self.running).clone()
    }

    /// Requests the end and waits until every task has ended, at most for `deadline`.
    /// Says whether all ended; those that did not are logged and left to die with the process.
    pub async fn finish(&self, deadline: Duration) -> bool {
        self.request();
        self.tracker.close();
        let ended = tokio::time::timeout(deadline, self.tracker.wait())
            .await
            .is_ok();
        if !ended {
            tracing::warn!(tasks = ?self.running(), "tasks did not end in time");
        }
        ended
    }

    fn enter(&self, name: &'static str) -> Running {
        lock(&self.running).push(name);
        Running {
            name,
            all: self.running.clone(),
        }
    }
}

fn pause_after(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE)
}

struct Running {
    name: &'static str,
    all: Arc<Mutex<Vec<&'static str>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut all = lock(&self.all);
        if let Some(at) = all.iter().position(|name| *name == self.name) {
            all.swap_remove(at);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
