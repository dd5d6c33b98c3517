//! Tasks that the operator's program does regularly, such as backups: what they came to.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The last word on a task, as whoever does it gives and is given it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// `backup`, `drill`; of one that is given, the path names it.
    #[serde(default)]
    pub name: String,
    /// When it was last begun.
    pub tried_at: Timestamp,
    /// When it is to be done again.
    pub due_at: Timestamp,
    /// When it was last done.
    pub succeeded_at: Option<Timestamp>,
    /// Since when it was not; none where the last attempt succeeded.
    pub failing_since: Option<Timestamp>,
    /// Why not.
    pub failure: Option<String>,
    /// When the operator was last told of the failure.
    pub notified_at: Option<Timestamp>,
    /// The file that it made or tried.
    pub archive: Option<String>,
    /// Its size.
    pub bytes: Option<i64>,
    /// The moment that the oldest file shows.
    pub oldest_at: Option<Timestamp>,
}

/// How the clock ran that tasks are due by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSeen {
    /// When it was last looked at.
    pub seen_at: Timestamp,
    /// Since when it ran without a leap.
    pub steady_since: Timestamp,
}

/// A clock that went on by more than this while nobody looked, or back at all, may be wrong. A machine
/// may well be off for weeks.
const LEAP: SignedDuration = SignedDuration::from_hours(24 * 32);
/// Going back by less is what a clock does that is being set right.
const BACK: SignedDuration = SignedDuration::from_mins(5);

impl ClockSeen {
    /// What is known once it was looked at, and showed `now`.
    #[must_use]
    pub fn after(before: Option<Self>, now: Timestamp) -> Self {
        let steady_since = match before {
            Some(before) => {
                let went = now.duration_since(before.seen_at);
                let is_leap = went > LEAP || went < -BACK;
                if is_leap { now } else { before.steady_since }
            }
            None => now,
        };
        Self {
            seen_at: now,
            steady_since,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_of_the_clock_is_told_from_its_course() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let first = ClockSeen::after(None, at("2026-05-01T00:00:00Z"));
        for (now, is_steady) in [
            ("2026-05-01T00:01:00Z", true),
            ("2026-04-30T23:59:00Z", true),
            ("2026-05-30T00:00:00Z", true),
            ("2026-07-01T00:00:00Z", false),
            ("2026-04-30T00:00:00Z", false),
        ] {
            let seen = ClockSeen::after(Some(first), at(now));
            assert_eq!(seen.steady_since == first.steady_since, is_steady, "{now}");
            assert_eq!(seen.seen_at, at(now));
        }
    }
}
