//! One attempt to send a letter, and when to try again: the same for whoever queues letters.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{Letter, Mailer, NotSent};

/// Longest time for one attempt. Whoever sends under a lease needs a longer one.
pub const SEND_LIMIT: Duration = Duration::from_secs(30);

/// First wait after a failure; doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// A letter that did not leave in this time is given up.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// What became of an attempt; logged already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Whoever carries it on has it.
    Sent,
    /// It will never leave, for this reason.
    GivenUp(String),
    /// To be tried again.
    Postponed {
        /// After so long.
        wait: Duration,
        /// Why it did not leave now.
        reason: String,
    },
}

/// Tries to send a letter that failed to leave `failures` times before.
pub async fn attempt(
    mailer: &dyn Mailer,
    letter: &Letter,
    failures: i64,
    now: Timestamp,
) -> Attempt {
    let id = letter.id;
    let sent = tokio::time::timeout(SEND_LIMIT, mailer.send(letter)).await;
    let (reason, finally) = match sent {
        Ok(Ok(())) => {
            tracing::info!(letter = %id, "letter sent");
            return Attempt::Sent;
        }
        Ok(Err(NotSent::Never(reason))) => (reason, true),
        Ok(Err(NotSent::Later(reason))) => (reason, false),
        Err(_) => ("the mail server did not answer in time".to_owned(), false),
    };
    if finally || now.duration_since(letter.created_at) > GIVE_UP_AFTER {
        tracing::warn!(letter = %id, reason, "letter given up");
        return Attempt::GivenUp(reason);
    }
    let wait = wait_after(failures);
    tracing::warn!(letter = %id, reason, wait_s = wait.as_secs(), "letter waits");
    Attempt::Postponed { wait, reason }
}

fn wait_after(failures: i64) -> Duration {
    let doublings = u32::try_from(failures).unwrap_or(0).min(9);
    (FIRST_WAIT * 2_u32.saturating_pow(doublings)).min(LONGEST_WAIT)
}
