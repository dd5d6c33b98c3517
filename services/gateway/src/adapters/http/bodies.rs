//! What is asked for and answered, as JSON: of what is for the operator alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::tasks::{ClockSeen, Task};

/// Longest name of a task or a file, and longest reason, in characters.
const NAME_LENGTH: usize = 200;
const REASON_LENGTH: usize = 2_000;

/// The task under that name; none where something is longer than it may be.
pub(super) fn named(task: Task, name: String) -> Option<Task> {
    let fits = |text: &Option<String>, length| {
        text.as_ref()
            .is_none_or(|text| text.chars().count() <= length)
    };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_name
        && name.len() <= NAME_LENGTH
        && fits(&task.archive, NAME_LENGTH)
        && fits(&task.failure, REASON_LENGTH))
    .then_some(Task { name, ..task })
}

/// All of them.
#[derive(Serialize)]
pub(super) struct Tasks {
    pub(super) items: Vec<Task>,
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
