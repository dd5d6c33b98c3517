//! What is asked for and answered, as JSON: of what is for the operator alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::tasks::{ClockSeen, Task};

/// Longest name of a task or a file, and longest reason, in characters.
const NAME_LENGTH: usize = 200;
const REASON_LENGTH: usize = 2_000;

/// See [`Task`].
#[derive(Serialize, Deserialize)]
pub(super) struct TaskBody {
    #[serde(default)]
    name: String,
    tried_at: Timestamp,
    due_at: Timestamp,
    succeeded_at: Option<Timestamp>,
    failing_since: Option<Timestamp>,
    failure: Option<String>,
    notified_at: Option<Timestamp>,
    archive: Option<String>,
    bytes: Option<i64>,
    oldest_at: Option<Timestamp>,
}

impl From<Task> for TaskBody {
    fn from(task: Task) -> Self {
        Self {
            name: task.name,
            tried_at: task.tried_at,
            due_at: task.due_at,
            succeeded_at: task.succeeded_at,
            failing_since: task.failing_since,
            failure: task.failure,
            notified_at: task.notified_at,
            archive: task.archive,
            bytes: task.bytes,
            oldest_at: task.oldest_at,
        }
    }
}

impl TaskBody {
    /// The task of that name; none where something is longer than it may be.
    pub(super) fn of(self, name: String) -> Option<Task> {
        let fits = |text: &Option<String>, length| {
            text.as_ref()
                .is_none_or(|text| text.chars().count() <= length)
        };
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
        (is_name
            && name.len() <= NAME_LENGTH
            && fits(&self.archive, NAME_LENGTH)
            && fits(&self.failure, REASON_LENGTH))
        .then_some(Task {
            name,
            tried_at: self.tried_at,
            due_at: self.due_at,
            succeeded_at: self.succeeded_at,
            failing_since: self.failing_since,
            failure: self.failure,
            notified_at: self.notified_at,
            archive: self.archive,
            bytes: self.bytes,
            oldest_at: self.oldest_at,
        })
    }
}

/// All of them.
#[derive(Serialize)]
pub(super) struct Tasks {
    pub(super) items: Vec<TaskBody>,
}

/// Who would like to do the tasks, and for how long.
#[derive(Deserialize)]
pub(super) struct LeaseWish {
    pub(super) holder: Uuid,
    /// Zero gives the lease up.
    pub(super) seconds: u64,
}

/// Whether that one has it, and then how the clock ran.
#[derive(Serialize)]
pub(super) struct Lease {
    held: bool,
    now: Option<Timestamp>,
    steady_since: Option<Timestamp>,
}

impl From<Option<ClockSeen>> for Lease {
    fn from(seen: Option<ClockSeen>) -> Self {
        Self {
            held: seen.is_some(),
            now: seen.map(|seen| seen.seen_at),
            steady_since: seen.map(|seen| seen.steady_since),
        }
    }
}
