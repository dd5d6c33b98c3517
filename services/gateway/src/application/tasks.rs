//! Tasks that the operator's program does regularly: who does them, what they came to.

use std::time::Duration;

use skeleton_durable::commit::{ChangeSet, CommitError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::App;
use crate::{
    domain::tasks::{ClockSeen, Task},
    ports::Write,
};

/// The lease of whoever does them.
const LEASE: &str = "tasks";
/// How often metrics follow what replicas wrote.
const SHOW_EVERY: Duration = Duration::from_secs(15);

impl App {
    /// Of several programs that could do the tasks, one has the lease. Whoever has it learns how the clock
    /// ran; nobody else does.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn take_lease(
        &self,
        holder: Uuid,
        time: Duration,
    ) -> Result<Option<ClockSeen>, CommitError> {
        if time.is_zero() {
            self.store.release(LEASE, holder).await?;
            return Ok(None);
        }
        if !self.store.acquire(LEASE, holder, time).await? {
            return Ok(None);
        }
        let before = self.store.task_clock().await?;
        let seen = ClockSeen::after(before, self.clock.now());
        let write = Write::TaskClock(seen);
        self.store.commit(ChangeSet::new().write(write)).await?;
        Ok(Some(seen))
    }

    /// What they came to.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn tasks(&self) -> Result<Vec<Task>, CommitError> {
        self.store.tasks().await
    }

    /// Keeps the last word on one.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn keep_task(&self, task: Task) -> Result<(), CommitError> {
        show(&task);
        let write = Write::Task(task);
        self.store.commit(ChangeSet::new().write(write)).await
    }

    /// Shows in the metrics what they came to, until `stop`.
    pub async fn show_tasks(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            // A store that is away shows elsewhere; what was shown last stays.
            if let Ok(tasks) = self.tasks().await {
                tasks.iter().for_each(show);
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(SHOW_EVERY) => {}
            }
        }
    }
}

fn show(task: &Task) {
    let gauge = |name: &'static str, value: f64| {
        metrics::gauge!(name, "task" => task.name.clone()).set(value);
    };
    let seconds = |at: jiff::Timestamp| at.as_second() as f64;
    gauge("task_due_timestamp_seconds", seconds(task.due_at));
    gauge(
        "task_failing",
        f64::from(u8::from(task.failing_since.is_some())),
    );
    if let Some(at) = task.succeeded_at {
        gauge("task_last_success_timestamp_seconds", seconds(at));
    }
    if let Some(bytes) = task.bytes {
        gauge("task_archive_bytes", bytes as f64);
    }
    if let Some(at) = task.oldest_at {
        gauge("task_oldest_archive_timestamp_seconds", seconds(at));
    }
}
