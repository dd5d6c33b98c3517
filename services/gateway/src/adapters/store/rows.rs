//! Rows as domain types. A row that cannot be read is a defect, never a silent default.

use jiff::Timestamp;
use skeleton_durable::{commit::CommitError, stored};

use super::scan::{Row, column as get};
use crate::domain::tasks::{ClockSeen, Task};

/// A row of `task`.
pub(super) fn task(row: &Row) -> Result<Task, CommitError> {
    let name: String = get(row, "name")?;
    let time = |column| -> Result<Timestamp, CommitError> {
        Ok(stored::moment(get(row, column)?, ("task", column), &name)?)
    };
    let time_if_any = |column| -> Result<Option<Timestamp>, CommitError> {
        let micros: Option<i64> = get(row, column)?;
        let time = micros.map(|micros| stored::moment(micros, ("task", column), &name));
        Ok(time.transpose()?)
    };
    Ok(Task {
        tried_at: time("tried_at")?,
        due_at: time("due_at")?,
        succeeded_at: time_if_any("succeeded_at")?,
        failing_since: time_if_any("failing_since")?,
        failure: get(row, "failure")?,
        notified_at: time_if_any("notified_at")?,
        archive: get(row, "archive")?,
        bytes: get(row, "bytes")?,
        oldest_at: time_if_any("oldest_at")?,
        name,
    })
}

/// The row of `task_clock`.
pub(super) fn task_clock(row: &Row) -> Result<ClockSeen, CommitError> {
    let time = |column| -> Result<Timestamp, CommitError> {
        Ok(stored::moment(
            get(row, column)?,
            ("task_clock", column),
            1,
        )?)
    };
    Ok(ClockSeen {
        seen_at: time("seen_at")?,
        steady_since: time("steady_since")?,
    })
}
