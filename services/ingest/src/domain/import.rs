//! The life of one import: queued, reading, applying, and then succeeded, failed or cancelled.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_formats::Format;
use kith_shared::{
    events::ingest::{ImportChanged, ImportStatus, InteractionsChanged, PersonChanged},
    ids::{AccountId, ImportId},
};
use skeleton_envelope::Event;

use super::{
    receipt::{Counts, RECEIPT_LINES, ReceiptLine},
    record::Source,
};

/// What a cancelled import tells as its problem.
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
            Self::Known(format) => Source::of(*format),
            Self::Other(name) => Source::Other(name.clone()),
        }
    }
}

/// Where an import stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Waits for its turn.
    Queued,
    /// Being read.
    Reading,
    /// Read to the end; search and network have not both said that they applied it.
    Applying,
    /// At its end.
    Succeeded,
    /// Given up; `problem` says why.
    Failed,
    /// Ended by its owner.
    Cancelled,
    /// What a later version knows and this one does not: kept and passed on under its name.
    Other(Box<str>),
}

impl Status {
    /// Every status that this version knows.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Reading,
        Self::Applying,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The name that the tables carry.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Reading => "reading",
            Self::Applying => "applying",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Other(name) => name,
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|status| status.as_str() == name);
        known.unwrap_or_else(|| Self::Other(name.into()))
    }

    /// As the event says it: what was cancelled failed, for those who know nothing of cancelling.
    fn published(&self) -> ImportStatus {
        match self {
            Self::Queued => ImportStatus::Queued,
            Self::Reading => ImportStatus::Reading,
            Self::Applying => ImportStatus::Applying,
            Self::Succeeded => ImportStatus::Succeeded,
            Self::Failed | Self::Cancelled => ImportStatus::Failed,
            Self::Other(name) => ImportStatus::Other(name.clone().into()),
        }
    }
}

/// It has ended, so that it cannot be cancelled any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the import has ended")]
pub struct Ended;

/// One file brought in by an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Identity; also the id of its blob and the correlation id of its events.
    pub id: ImportId,
    /// Whose.
    pub account: AccountId,
    /// Rises with every change.
    pub version: i64,
    /// The file's name as it was given.
    pub file_name: String,
    /// What the file is.
    pub format: FileFormat,
    /// Where it stands.
    pub status: Status,
    /// When it was taken.
    pub created_at: Timestamp,
    /// When reading began.
    pub started_at: Option<Timestamp>,
    /// When it ended, either way.
    pub finished_at: Option<Timestamp>,
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
    /// Why it failed.
    pub problem: Option<String>,
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
    /// Search has.
    pub by_search: bool,
    /// Network has.
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
            status: Status::Queued,
            created_at: at,
            started_at: None,
            finished_at: None,
            bytes_total,
            bytes_done: 0,
            taken: 0,
            counts: Counts::default(),
            published: Published::default(),
            applied: Applied::default(),
            problem: None,
        }
    }

    /// Whether a worker of this version has something to do with it.
    #[must_use]
    pub fn is_to_be_read(&self) -> bool {
        let waits = matches!(self.status, Status::Queued | Status::Reading);
        waits && matches!(self.format, FileFormat::Known(_))
    }

    /// Whether it is over.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(
            self.status,
            Status::Succeeded | Status::Failed | Status::Cancelled
        )
    }

    /// Reading begins, or goes on.
    #[must_use]
    pub fn started(mut self, at: Timestamp) -> Self {
        self.version += 1;
        self.status = Status::Reading;
        self.started_at = self.started_at.or(Some(at));
        self
    }

    /// Some records were taken.
    #[must_use]
    pub fn took(mut self, lines: &[ReceiptLine], bytes_done: u64, people: u64) -> Self {
        self.version += 1;
        self.taken += lines.len() as u64;
        self.bytes_done = bytes_done.min(self.bytes_total).max(self.bytes_done);
        self.published.people += people;
        for line in lines {
            self.counts.add(line.outcome);
        }
        self
    }

    /// Some pairs' interactions were published.
    #[must_use]
    pub fn told(mut self, people: u64, interactions: u64) -> Self {
        self.version += 1;
        self.published.people += people;
        self.published.interactions += interactions;
        self
    }

    /// The file was read to its end. With nothing published there is nothing to wait for.
    #[must_use]
    pub fn read_through(mut self, at: Timestamp) -> Self {
        self.version += 1;
        self.bytes_done = self.bytes_total;
        self.status = Status::Applying;
        if self.published == Published::default() {
            self.status = Status::Succeeded;
            self.finished_at = Some(at);
        }
        self
    }

    /// It cannot go on.
    #[must_use]
    pub fn failed(mut self, problem: String, at: Timestamp) -> Self {
        self.version += 1;
        self.status = Status::Failed;
        self.problem = Some(problem);
        self.finished_at = Some(at);
        self
    }

    /// Its owner wants no more of it. What was taken stays; none where it was cancelled before.
    ///
    /// # Errors
    /// [`Ended`] where it came to another end.
    pub fn cancelled(mut self, at: Timestamp) -> Result<Option<Self>, Ended> {
        if self.status == Status::Cancelled {
            return Ok(None);
        }
        if self.has_ended() {
            return Err(Ended);
        }
        self.version += 1;
        self.status = Status::Cancelled;
        self.finished_at = Some(at);
        Ok(Some(self))
    }

    /// Search or network has said that it applied everything. None where nothing is thereby
    /// changed.
    #[must_use]
    pub fn applied(mut self, by: Applied, at: Timestamp) -> Option<Self> {
        let applied = self.applied.and(by);
        if self.has_ended() || applied == self.applied {
            return None;
        }
        self.version += 1;
        self.applied = applied;
        if applied.by_search && applied.by_network && self.status == Status::Applying {
            self.status = Status::Succeeded;
            self.finished_at = Some(at);
        }
        Some(self)
    }

    /// The event that tells of it.
    #[must_use]
    pub fn event(&self) -> ImportChanged {
        let applying = self.status == Status::Applying;
        let published = [
            (PersonChanged::TYPE, self.published.people),
            (InteractionsChanged::TYPE, self.published.interactions),
        ];
        ImportChanged {
            import_id: self.id,
            account_id: self.account,
            version: self.version,
            file_name: self.file_name.clone(),
            status: self.status.published(),
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
            problem: match self.status {
                Status::Cancelled => Some(CANCELLED.to_owned()),
                _ => self.problem.clone(),
            },
            cancelled: self.status == Status::Cancelled,
        }
    }
}
