//! Where an import stands, and the parts in which that is stored and shown.

use jiff::Timestamp;
use kith_shared::events::ingest::ImportStatus;

/// Where an import stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for its turn.
    Queued,
    /// Being read, since then.
    Reading {
        /// When that began.
        since: Timestamp,
    },
    /// Read to the end; search and network have not both said that they applied it.
    Applying {
        /// When reading began.
        since: Timestamp,
    },
    /// It is over.
    Ended {
        /// When reading began, if it did.
        since: Option<Timestamp>,
        /// When it ended.
        at: Timestamp,
        end: End,
    },
    /// What a later version knows and this one does not: kept and passed on under its name.
    Other(Box<StageParts>),
}

/// How an import ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything in it was taken over.
    Succeeded,
    /// Given up, and why.
    Failed(String),
    /// Ended by its owner.
    Cancelled,
}

/// A stage in the parts in which it is stored and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageParts {
    /// The name that the tables carry.
    pub name: String,
    /// When reading began.
    pub started_at: Option<Timestamp>,
    /// When it ended, in whatever way.
    pub finished_at: Option<Timestamp>,
    /// Why it failed.
    pub problem: Option<String>,
}

impl Stage {
    /// The name of every stage and end that this version knows.
    pub const NAMES: [&'static str; 6] = [
        "queued",
        "reading",
        "applying",
        "succeeded",
        "failed",
        "cancelled",
    ];

    /// The stage of these parts.
    ///
    /// # Errors
    /// The part that is missing.
    pub fn of(parts: StageParts) -> Result<Self, &'static str> {
        let since = parts.started_at.ok_or("started_at");
        let end = match parts.name.as_str() {
            "queued" => return Ok(Self::Queued),
            "reading" => return Ok(Self::Reading { since: since? }),
            "applying" => return Ok(Self::Applying { since: since? }),
            "succeeded" => End::Succeeded,
            "failed" => End::Failed(parts.problem.ok_or("problem")?),
            "cancelled" => End::Cancelled,
            _ => return Ok(Self::Other(Box::new(parts))),
        };
        Ok(Self::Ended {
            since: parts.started_at,
            at: parts.finished_at.ok_or("finished_at")?,
            end,
        })
    }

    /// Its parts.
    #[must_use]
    pub fn parts(&self) -> StageParts {
        let (name, started_at, finished_at, problem) = match self {
            Self::Queued => ("queued", None, None, None),
            Self::Reading { since } => ("reading", Some(*since), None, None),
            Self::Applying { since } => ("applying", Some(*since), None, None),
            Self::Ended { since, at, end } => {
                let (name, problem) = match end {
                    End::Succeeded => ("succeeded", None),
                    End::Failed(problem) => ("failed", Some(problem.clone())),
                    End::Cancelled => ("cancelled", None),
                };
                (name, *since, Some(*at), problem)
            }
            Self::Other(parts) => return (**parts).clone(),
        };
        StageParts {
            name: name.to_owned(),
            started_at,
            finished_at,
            problem,
        }
    }

    /// As the event says it: what was cancelled failed, for those who know nothing of cancelling.
    pub(super) fn published(&self) -> ImportStatus {
        match self {
            Self::Queued => ImportStatus::Queued,
            Self::Reading { .. } => ImportStatus::Reading,
            Self::Applying { .. } => ImportStatus::Applying,
            Self::Ended { end, .. } => match end {
                End::Succeeded => ImportStatus::Succeeded,
                End::Failed(_) | End::Cancelled => ImportStatus::Failed,
            },
            Self::Other(parts) => ImportStatus::Other(parts.name.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_its_parts() {
        for name in Stage::NAMES.into_iter().chain(["paused"]) {
            let parts = StageParts {
                name: name.to_owned(),
                started_at: (name != "queued").then_some(Timestamp::UNIX_EPOCH),
                finished_at: ["succeeded", "failed", "cancelled"]
                    .contains(&name)
                    .then_some(Timestamp::MAX),
                problem: (name == "failed").then(|| "broken".to_owned()),
            };
            assert_eq!(Stage::of(parts.clone()).unwrap().parts(), parts);
        }
    }
}
