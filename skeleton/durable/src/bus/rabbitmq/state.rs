//! How the bus is, for readiness and for operators: told from what its tasks last met, without
//! asking the broker.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::link::{Link, Status};
use crate::clock::{Clock as _, SystemClock};

/// How the bus is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// Events come and go.
    Connected,
    /// The broker takes no messages (its disk or memory is full); events come, and wait to go.
    Blocked {
        /// Since when.
        since: Timestamp,
        /// The broker's words.
        reason: String,
    },
    /// A queue or binding is missing or differs: events wait to go.
    Incomplete {
        /// Since when.
        since: Timestamp,
        /// What is missing and what to do.
        reason: String,
    },
    /// The broker cannot be reached: events wait on both sides.
    Away {
        /// Since when.
        since: Timestamp,
        /// What the last attempt met.
        reason: String,
    },
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connected => f.write_str("connected"),
            Self::Blocked { since, reason } => {
                write!(f, "the broker takes no messages since {since:.0}: {reason}")
            }
            Self::Incomplete { since, reason } => write!(f, "since {since:.0}: {reason}"),
            Self::Away { since, reason } => write!(f, "broker away since {since:.0}: {reason}"),
        }
    }
}

/// What the tasks of a bus last met at the topology, by task.
#[derive(Default)]
pub(super) struct Troubles(Mutex<Vec<Trouble>>);

struct Trouble {
    task: &'static str,
    since: Timestamp,
    reason: String,
}

impl Troubles {
    /// Notes what a task met; none when all is well again.
    pub(super) fn note(&self, task: &'static str, met: Option<String>) {
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = troubles.iter_mut().find(|trouble| trouble.task == task);
        match (known, met) {
            (Some(known), Some(reason)) => known.reason = reason,
            (None, Some(reason)) => {
                tracing::error!(task, reason, "topology");
                troubles.push(Trouble {
                    task,
                    since: SystemClock.now(),
                    reason,
                });
            }
            (Some(_), None) => troubles.retain(|trouble| trouble.task != task),
            (None, None) => {}
        }
    }

    fn first(&self) -> Option<State> {
        let troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.first().map(|trouble| State::Incomplete {
            since: trouble.since,
            reason: trouble.reason.clone(),
        })
    }
}

/// The worst of what is known.
pub(super) fn of(links: [&Link; 2], troubles: &Troubles) -> State {
    let mut found = None;
    for link in links {
        match link.status() {
            Status::Away { since, reason } => return State::Away { since, reason },
            Status::Up {
                blocked: Some((since, reason)),
                ..
            } => found = Some(State::Blocked { since, reason }),
            Status::Up { .. } => {}
        }
    }
    troubles.first().or(found).unwrap_or(State::Connected)
}
