//! What a regular task came to, and when the operator is told.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
pub use kith_gateway::domain::tasks::Task;

/// Making a backup.
pub const BACKUP: &str = "backup";
/// Restoring one on trial.
pub const DRILL: &str = "drill";
/// Removing those that are not kept any longer.
pub const THIN: &str = "thin";

/// What failed is tried again after this long, or after this part of its time, whatever is less.
const RETRY: SignedDuration = SignedDuration::from_hours(1);
const RETRY_PART: i32 = 12;
/// While it goes on failing the operator is told this often.
const REMIND: SignedDuration = SignedDuration::from_hours(24);
/// What is late by more is not well.
const LATE: SignedDuration = SignedDuration::from_hours(1);
/// Longest reason that is kept, in characters.
const REASON_LENGTH: usize = 1_500;

/// What became of an attempt.
#[derive(Clone, Debug)]
pub enum Attempt {
    /// It was done.
    Done {
        /// With this file, if with one.
        archive: Option<String>,
        /// Its size.
        bytes: Option<u64>,
    },
    /// It was not, for this reason.
    Failed(String),
}

/// What the operator is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It fails.
    Fails,
    /// It failed, was told to, and does not any more.
    WorksAgain,
}

/// Whether it is to be done at `now`. What is due later than it can be was put off by a clock that
/// was wrong.
#[must_use]
pub fn is_due(task: Option<&Task>, now: Timestamp, every: Duration) -> bool {
    let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::MAX);
    task.is_none_or(|task| task.due_at <= now || task.due_at.duration_since(now) > every)
}

/// After an attempt that was begun at `began`.
#[must_use]
pub fn after(
    before: Option<Task>,
    name: &str,
    began: Timestamp,
    every: Duration,
    attempt: Attempt,
) -> Task {
    let every = SignedDuration::try_from(every).unwrap_or(SignedDuration::MAX);
    let mut task = before.unwrap_or(Task {
        name: name.to_owned(),
        tried_at: began,
        due_at: began,
        succeeded_at: None,
        failing_since: None,
        failure: None,
        notified_at: None,
        archive: None,
        bytes: None,
        oldest_at: None,
    });
    let wait = match attempt {
        Attempt::Done { archive, bytes } => {
            task.succeeded_at = Some(began);
            (task.failing_since, task.failure) = (None, None);
            task.archive = archive;
            task.bytes = bytes.and_then(|bytes| i64::try_from(bytes).ok());
            every
        }
        Attempt::Failed(reason) => {
            task.failing_since = task.failing_since.or(Some(began));
            task.failure = Some(reason.chars().take(REASON_LENGTH).collect());
            (every / RETRY_PART).min(RETRY)
        }
    };
    task.tried_at = began;
    task.due_at = began.saturating_add(wait).unwrap_or(Timestamp::MAX);
    task
}

/// What the operator is to be told at `now`, if anything.
#[must_use]
pub fn notice(task: &Task, now: Timestamp) -> Option<Notice> {
    match (task.failing_since, task.notified_at) {
        (Some(_), None) => Some(Notice::Fails),
        (Some(_), Some(told)) if now.duration_since(told).abs() >= REMIND => Some(Notice::Fails),
        (None, Some(_)) => Some(Notice::WorksAgain),
        _ => None,
    }
}

/// The operator was notified.
pub fn notified(task: &mut Task, notice: Notice, now: Timestamp) {
    task.notified_at = (notice == Notice::Fails).then_some(now);
}

/// What is not well at `now`, with what to do.
#[must_use]
pub fn wrong(task: &Task, now: Timestamp) -> Option<(String, &'static str)> {
    if let (Some(since), Some(failure)) = (task.failing_since, &task.failure) {
        return Some((
            format!("{failure} (since {since})"),
            match task.name.as_str() {
                DRILL => {
                    "do not trust the newest backup: look at it with `kith verify`, make \
                     another with `kith backup`, then `kith backups drill`"
                }
                THIN => {
                    "let it be allowed to remove files there: older backups than are promised \
                     may still hold who was erased"
                }
                _ => "mend what it says; it is tried again by itself",
            },
        ));
    }
    (now.duration_since(task.due_at) > LATE).then(|| {
        (
            format!("was due at {}", task.due_at),
            "start `kith serve` with KITH_BACKUP_PLACE, or `kith backups keep`, again",
        )
    })
}

/// How it is, in a line.
#[must_use]
pub fn summary(task: &Task) -> String {
    match (task.succeeded_at, &task.archive) {
        (Some(at), Some(archive)) => format!("{archive} at {at}, next at {}", task.due_at),
        (Some(at), None) => format!("at {at}, next at {}", task.due_at),
        (None, _) => "none yet".to_owned(),
    }
}

/// A letter to the operator: subject and text.
#[must_use]
pub fn letter(task: &Task, notice: Notice) -> (String, String) {
    let what = match task.name.as_str() {
        DRILL => "restoring a backup on trial",
        THIN => "removing old backups",
        _ => "making a backup",
    };
    let last = match task.succeeded_at {
        Some(at) => format!("It last succeeded at {at}."),
        None => "It never succeeded yet.".to_owned(),
    };
    match notice {
        Notice::Fails => (
            format!("Kith: {what} failed"),
            format!(
                "{} {}\n\nReason: {}\n\n{last}\nIt is tried again at {}.\n\n`kith doctor` on the \
                 machine says more; `kith backups list` shows what there is.\n",
                what[..1].to_uppercase() + &what[1..],
                task.failing_since.map_or_else(
                    || "failed.".to_owned(),
                    |since| format!("fails since {since}.")
                ),
                task.failure.as_deref().unwrap_or("not known"),
                task.due_at,
            ),
        ),
        Notice::WorksAgain => (
            format!("Kith: {what} works again"),
            match &task.archive {
                Some(archive) => format!("{last} Its file is {archive}.\n"),
                None => format!("{last}\n"),
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn done() -> Attempt {
        Attempt::Done {
            archive: Some("kith-20260501T000000Z-1a2b3c4d.tar.zst".to_owned()),
            bytes: Some(7),
        }
    }

    fn failed() -> Attempt {
        Attempt::Failed("the disk is full".to_owned())
    }

    #[test]
    fn it_is_due_every_hour_and_sooner_after_a_failure() {
        let first = at("2026-05-01T00:00:00Z");
        assert!(is_due(None, first, HOUR));
        let task = after(None, BACKUP, first, HOUR, done());
        for (now, expected) in [
            ("2026-05-01T00:59:59Z", false),
            ("2026-05-01T01:00:00Z", true),
            // The clock was ahead when it was done.
            ("2026-04-01T00:00:00Z", true),
        ] {
            assert_eq!(is_due(Some(&task), at(now), HOUR), expected, "{now}");
        }
        let task = after(
            Some(task),
            BACKUP,
            at("2026-05-01T01:00:00Z"),
            HOUR,
            failed(),
        );
        assert!(is_due(Some(&task), at("2026-05-01T01:05:00Z"), HOUR));
        assert_eq!(task.succeeded_at, Some(first));
        assert_eq!(
            task.archive.as_deref(),
            Some("kith-20260501T000000Z-1a2b3c4d.tar.zst")
        );
    }

    #[test]
    fn the_operator_is_told_once_a_day_and_when_it_works_again() {
        let first = at("2026-05-01T00:00:00Z");
        let mut task = after(None, BACKUP, first, HOUR, failed());
        assert_eq!(notice(&task, first), Some(Notice::Fails));
        let (subject, body) = letter(&task, Notice::Fails);
        assert!(
            subject.contains("failed") && body.contains("the disk is full"),
            "{body}"
        );
        notified(&mut task, Notice::Fails, first);
        let mut task = after(
            Some(task),
            BACKUP,
            at("2026-05-01T00:05:00Z"),
            HOUR,
            failed(),
        );
        assert_eq!(task.failing_since, Some(first));
        assert_eq!(notice(&task, at("2026-05-01T00:05:00Z")), None);
        assert_eq!(
            notice(&task, at("2026-05-02T00:05:00Z")),
            Some(Notice::Fails)
        );
        task = after(Some(task), BACKUP, at("2026-05-02T00:05:00Z"), HOUR, done());
        assert_eq!(
            notice(&task, at("2026-05-02T00:05:00Z")),
            Some(Notice::WorksAgain)
        );
        notified(&mut task, Notice::WorksAgain, at("2026-05-02T00:05:00Z"));
        assert_eq!(notice(&task, at("2026-05-09T00:00:00Z")), None);
    }

    #[test]
    fn what_fails_or_is_late_is_not_well() {
        let first = at("2026-05-01T00:00:00Z");
        let task = after(None, BACKUP, first, HOUR, done());
        assert_eq!(wrong(&task, at("2026-05-01T01:59:00Z")), None);
        assert!(wrong(&task, at("2026-05-01T02:01:00Z")).is_some());
        let task = after(Some(task), DRILL, first, HOUR, failed());
        assert!(wrong(&task, first).unwrap().0.contains("the disk is full"));
    }
}
