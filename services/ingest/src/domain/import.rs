//! The life of one import: queued, reading, applying, and then succeeded, failed or cancelled.

mod stage;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_formats::Format;
use kith_shared::{
    events::ingest::{ImportChanged, InteractionsChanged, PersonChanged},
    ids::{AccountId, ImportId},
};
use skeleton_envelope::Event;

pub use self::stage::{End, Stage, StageParts};
use super::{
    receipt::{Counts, RECEIPT_LINES, ReceiptLine},
    record::Source,
};

/// What the event of a cancelled import says as its problem.
const CANCELLED: &str = "you cancelled it; what had been read of the file stays";

/// What a file is, by the word that its import is stored with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// A format that this version reads.
    Known(Format),
    /// A format of a later version. The file waits for a replica that knows it.
    Other(Box<str>),
}

impl FileFormat {
    /// The name that the API and the tables carry.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(format) => format.as_str(),
            Self::Other(name) => name,
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = Format::ALL
            .into_iter()
            .find(|format| format.as_str() == name);
        known.map_or_else(|| Self::Other(name.into()), Self::Known)
    }

    /// The source that files of it are.
    #[must_use]
    pub fn source(&self) -> Source {
        match self {
            Self::Known(format) => Source::File(format.source()),
            Self::Other(name) => Source::Other(name.clone()),
        }
    }
}

/// An import in its stage does not get there from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the import is in another stage")]
pub struct WrongStage;

/// One file brought in by an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Identity; also the id of its blob and the correlation id of its events.
    pub id: ImportId,
    pub account: AccountId,
    /// Rises with every change.
    pub version: i64,
    /// The file's name as it was given.
    pub file_name: String,
    /// What the file is.
    pub format: FileFormat,
    /// Where it stands.
    pub stage: Stage,
    /// When it was taken.
    pub created_at: Timestamp,
    /// Length of the file.
    pub bytes_total: u64,
    /// How much of it was read.
    pub bytes_done: u64,
    /// How many records were taken: where reading goes on after a kill.
    pub taken: u64,
    /// What became of them.
    pub counts: Counts,
    /// Events published of each kind.
    pub published: Published,
    /// Who has said that it applied it.
    pub applied: Applied,
}

/// How many events an import has published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Of `ingest.person-changed`.
    pub people: u64,
    /// Of `ingest.interactions-changed`.
    pub interactions: u64,
}

/// Who has taken over everything that an import published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub by_search: bool,
    pub by_network: bool,
}

impl Applied {
    /// Search alone.
    pub const BY_SEARCH: Self = Self {
        by_search: true,
        by_network: false,
    };
    /// Network alone.
    pub const BY_NETWORK: Self = Self {
        by_search: false,
        by_network: true,
    };

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            by_search: self.by_search | other.by_search,
            by_network: self.by_network | other.by_network,
        }
    }
}

impl Import {
    /// Whether records were taken of which the receipt has no line.
    #[must_use]
    pub fn receipt_is_cut(&self) -> bool {
        self.taken > RECEIPT_LINES
    }

    /// A file that was stored and waits for its turn.
    #[must_use]
    pub fn queued(
        id: ImportId,
        account: AccountId,
        file_name: String,
        format: Format,
        bytes_total: u64,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            account,
            version: 1,
            file_name,
            format: FileFormat::Known(format),
            stage: Stage::Queued,
            created_at: at,
            bytes_total,
            bytes_done: 0,
            taken: 0,
            counts: Counts::default(),
            published: Published::default(),
            applied: Applied::default(),
        }
    }

    /// Whether a worker of this version has something to do with it.
    #[must_use]
    pub fn is_to_be_read(&self) -> bool {
        let waits = matches!(self.stage, Stage::Queued | Stage::Reading { .. });
        waits && matches!(self.format, FileFormat::Known(_))
    }

    /// Since when it is being read.
    fn reading_since(&self) -> Result<Timestamp, WrongStage> {
        match self.stage {
            Stage::Reading { since } => Ok(since),
            _ => Err(WrongStage),
        }
    }

    fn in_stage(mut self, stage: Stage) -> Self {
        self.version += 1;
        self.stage = stage;
        self
    }

    /// Reading begins, or goes on.
    ///
    /// # Errors
    /// [`WrongStage`] where it was read through or has ended.
    pub fn started(self, at: Timestamp) -> Result<Self, WrongStage> {
        let since = match self.stage {
            Stage::Queued => at,
            _ => self.reading_since()?,
        };
        Ok(self.in_stage(Stage::Reading { since }))
    }

    /// Some records were taken.
    ///
    /// # Errors
    /// [`WrongStage`] unless it is being read.
    pub fn took(
        mut self,
        lines: &[ReceiptLine],
        bytes_done: u64,
        people: u64,
    ) -> Result<Self, WrongStage> {
        self.reading_since()?;
        self.version += 1;
        self.taken += lines.len() as u64;
        self.bytes_done = bytes_done.min(self.bytes_total).max(self.bytes_done);
        self.published.people += people;
        for line in lines {
            self.counts.add(line.outcome);
        }
        Ok(self)
    }

    /// Some pairs' interactions were published.
    ///
    /// # Errors
    /// [`WrongStage`] unless it is being read.
    pub fn published_interactions(mut self, events: u64) -> Result<Self, WrongStage> {
        self.reading_since()?;
        self.version += 1;
        self.published.interactions += events;
        Ok(self)
    }

    /// The file was read to its end. With nothing published there is nothing to wait for.
    ///
    /// # Errors
    /// [`WrongStage`] unless it is being read.
    pub fn read_through(mut self, at: Timestamp) -> Result<Self, WrongStage> {
        let since = self.reading_since()?;
        self.bytes_done = self.bytes_total;
        let stage = if self.published == Published::default() {
            Stage::Ended {
                since: Some(since),
                at,
                end: End::Succeeded,
            }
        } else {
            Stage::Applying { since }
        };
        Ok(self.in_stage(stage))
    }

    /// It cannot go on.
    ///
    /// # Errors
    /// [`WrongStage`] where it was read through or has ended.
    pub fn failed(self, problem: String, at: Timestamp) -> Result<Self, WrongStage> {
        let since = match self.stage {
            Stage::Queued => None,
            _ => Some(self.reading_since()?),
        };
        let end = End::Failed(problem);
        Ok(self.in_stage(Stage::Ended { since, at, end }))
    }

    /// Its owner wants no more of it. What was taken stays; none where it was cancelled before.
    ///
    /// # Errors
    /// The other end to which it came.
    pub fn cancelled(self, at: Timestamp) -> Result<Option<Self>, End> {
        let since = match &self.stage {
            Stage::Queued => None,
            Stage::Reading { since } | Stage::Applying { since } => Some(*since),
            Stage::Other(parts) => parts.started_at,
            Stage::Ended { end, .. } => match end {
                End::Cancelled => return Ok(None),
                end => return Err(end.clone()),
            },
        };
        let end = End::Cancelled;
        Ok(Some(self.in_stage(Stage::Ended { since, at, end })))
    }

    /// Search or network has said that it applied everything. None where nothing is thereby
    /// changed.
    #[must_use]
    pub fn applied(mut self, by: Applied, at: Timestamp) -> Option<Self> {
        let applied = self.applied.and(by);
        if matches!(self.stage, Stage::Ended { .. }) || applied == self.applied {
            return None;
        }
        self.applied = applied;
        let stage = match self.stage {
            Stage::Applying { since } if applied.by_search && applied.by_network => Stage::Ended {
                since: Some(since),
                at,
                end: End::Succeeded,
            },
            ref stage => stage.clone(),
        };
        Some(self.in_stage(stage))
    }

    /// The event that says where it stands.
    #[must_use]
    pub fn event(&self) -> ImportChanged {
        let applying = matches!(self.stage, Stage::Applying { .. });
        let cancelled = matches!(
            self.stage,
            Stage::Ended {
                end: End::Cancelled,
                ..
            }
        );
        let published = [
            (PersonChanged::TYPE, self.published.people),
            (InteractionsChanged::TYPE, self.published.interactions),
        ];
        ImportChanged {
            import_id: self.id,
            account_id: self.account,
            version: self.version,
            file_name: self.file_name.clone(),
            status: self.stage.published(),
            records: self.counts.records(),
            people: self.counts.created + self.counts.merged + self.counts.updated,
            published: if applying {
                published
                    .into_iter()
                    .map(|(name, count)| (name.to_owned(), count))
                    .collect()
            } else {
                BTreeMap::new()
            },
            problem: if cancelled {
                Some(CANCELLED.to_owned())
            } else {
                self.stage.parts().problem
            },
            cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(second)
    }

    fn queued() -> Import {
        let (id, account) = (ImportId(uuid::Uuid::nil()), AccountId(uuid::Uuid::nil()));
        Import::queued(id, account, "a.csv".to_owned(), Format::LinkedIn, 9, at(0))
    }

    #[test]
    fn what_has_ended_begins_no_more() {
        let failed = queued().failed("broken".to_owned(), at(1)).unwrap();
        assert_eq!(failed.clone().started(at(2)), Err(WrongStage));
        assert_eq!(failed.clone().read_through(at(2)), Err(WrongStage));
        assert_eq!(failed.clone().failed(String::new(), at(2)), Err(WrongStage));
        assert_eq!(
            failed.clone().cancelled(at(2)),
            Err(End::Failed("broken".to_owned()))
        );
        assert_eq!(failed.applied(Applied::BY_SEARCH, at(2)), None);
        assert_eq!(
            queued().took(&[], 9, 0),
            Err(WrongStage),
            "nobody reads it yet"
        );
    }

    #[test]
    fn it_has_succeeded_when_both_have_applied_what_it_published() {
        let read = queued().started(at(1)).unwrap().started(at(2)).unwrap();
        let read = read.took(&[], 9, 1).unwrap().read_through(at(3)).unwrap();
        assert_eq!(read.stage, Stage::Applying { since: at(1) });
        let half = read.applied(Applied::BY_SEARCH, at(4)).unwrap();
        assert_eq!(half.clone().applied(Applied::BY_SEARCH, at(5)), None);
        let whole = half.applied(Applied::BY_NETWORK, at(6)).unwrap();
        let (since, end) = (Some(at(1)), End::Succeeded);
        assert_eq!(
            whole.stage,
            Stage::Ended {
                since,
                at: at(6),
                end
            }
        );
    }
}
