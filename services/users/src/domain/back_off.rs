//! How long sign-in is held back after failures, by e-mail address, known or not.

use jiff::{SignedDuration, Timestamp};

/// Failures that cost nothing: people mistype.
const FREE: i64 = 5;
/// The longest wait.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// After this long without an attempt failures are forgotten.
pub const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What is known of failed attempts for one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// Failures since the last success.
    pub failures: i64,
    /// The last attempt.
    pub last_at: Timestamp,
    /// No attempt is looked at before.
    pub blocked_until: Timestamp,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            failures: 0,
            last_at: Timestamp::UNIX_EPOCH,
            blocked_until: Timestamp::UNIX_EPOCH,
        }
    }
}

/// It is too early for another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too early for another attempt")]
pub struct TooEarly {
    /// How long to wait.
    pub wait: SignedDuration,
}

impl Attempts {
    /// Counts an attempt as failed before it is looked at, so that many at once gain nothing. A
    /// success forgets it.
    ///
    /// # Errors
    /// [`TooEarly`] while held back.
    pub fn reserve(self, now: Timestamp) -> Result<Self, TooEarly> {
        let wait = self.blocked_until.duration_since(now);
        // Longer than the longest, it was set while the clock was ahead.
        if wait.is_positive() && wait <= LONGEST {
            return Err(TooEarly { wait });
        }
        let stale = now.duration_since(self.last_at) > FORGOTTEN_AFTER;
        let failures = if stale {
            1
        } else {
            self.failures.saturating_add(1)
        };
        let blocked_until = now
            .saturating_add(wait_after(failures))
            .unwrap_or(Timestamp::MAX);
        Ok(Self {
            failures,
            last_at: now,
            blocked_until,
        })
    }
}

/// 0 for the first few, then 2 s, 4 s, 8 s … up to the longest.
fn wait_after(failures: i64) -> SignedDuration {
    let over = failures - FREE;
    if over < 0 {
        return SignedDuration::ZERO;
    }
    let seconds = 2_i64.saturating_pow(u32::try_from(over + 1).unwrap_or(u32::MAX));
    SignedDuration::from_secs(seconds.min(LONGEST.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn waits_double_after_the_free_attempts_and_stay_bounded() {
        let mut attempts = Attempts::default();
        let mut now = at(0);
        let mut waits = Vec::new();
        for _ in 0..20 {
            attempts = attempts.reserve(now).unwrap();
            let wait = attempts.blocked_until.duration_since(now).as_secs();
            waits.push(wait);
            now = now.saturating_add(SignedDuration::from_secs(wait)).unwrap();
        }
        assert_eq!(&waits[..8], &[0, 0, 0, 0, 2, 4, 8, 16]);
        assert_eq!(waits[19], 900);
    }

    #[test]
    fn nothing_is_looked_at_while_held_back() {
        let held = Attempts {
            failures: 7,
            last_at: at(0),
            blocked_until: at(10),
        };
        assert_eq!(
            held.reserve(at(4)),
            Err(TooEarly {
                wait: SignedDuration::from_secs(6)
            })
        );
        assert_eq!(held.reserve(at(10)).unwrap().failures, 8);
    }

    #[test]
    fn a_day_of_quiet_forgets() {
        let old = Attempts {
            failures: 30,
            last_at: at(0),
            blocked_until: at(900),
        };
        assert_eq!(old.reserve(at(25 * 3600)).unwrap().failures, 1);
    }
}
