//! The inbox port: events that arrived, in the consumer's own store.
//!
//! It deduplicates by event id, keeps what is to be retried or deferred, and parks what cannot be
//! handled, with the reason, until a human decides. Both ways of running use it alike: in one
//! process the bus puts every event here first; over a broker only what failed at once.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Envelope, EventId, clock, commit::CommitError, leases::AHEAD};

/// An event that waits to be handled.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The event.
    pub event: Envelope,
    /// How often handling it has failed.
    pub attempts: u32,
}

/// An event that is due later than this was put off while the clock was ahead: it is due now. The longest
/// that one is put off is minutes.
pub(crate) fn ahead_of(now: Timestamp) -> Timestamp {
    clock::after(now, AHEAD)
}

/// An event that was put aside.
#[derive(Clone, Debug)]
pub struct Parked {
    /// The event.
    pub event: Envelope,
    /// How often handling it has failed.
    pub attempts: u32,
    /// Why it was parked.
    pub reason: String,
}

/// What is left of an event whose envelope cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Unknown {
    pub(crate) id: EventId,
    pub(crate) kind: String,
    pub(crate) correlation: Uuid,
    pub(crate) at: Timestamp,
    /// The envelope as it is kept.
    pub(crate) text: Option<String>,
}

impl Unknown {
    /// An envelope to show among those that are parked. Its data is what is kept, as a text, so no
    /// handler takes it for an event.
    pub(crate) fn stand_in(self) -> Envelope {
        let source = self.kind.split('.').next().unwrap_or(&self.kind);
        Envelope {
            id: self.id,
            source: source.to_owned(),
            schema_version: 0,
            subject: String::new(),
            subject_version: 0,
            account: None,
            time: self.at,
            correlation_id: self.correlation,
            causation_id: None,
            traceparent: None,
            data: serde_json::value::to_raw_value(&self.text)
                .expect("a text can be written as JSON"),
            kind: self.kind,
        }
    }
}

/// How many events of one type and correlation came to rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Handled.
    pub done: u64,
    /// Put aside.
    pub parked: u64,
}

/// Events that arrived at one consumer.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Takes events in, durably, due at once; those known by id are ignored.
    ///
    /// # Errors
    /// When the store cannot be reached or fails: then none was taken in.
    async fn receive(&self, events: &[Envelope]) -> Result<(), CommitError>;

    /// Events due at `now`, the longest due first, at most `limit`. One that cannot be read is
    /// parked, so that the others do not wait for it.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Pending>, CommitError>;

    /// When the next waiting event falls due.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn next_due(&self) -> Result<Option<Timestamp>, CommitError>;

    /// Marks events as handled, for stores whose effects are idempotent instead of atomic. Others
    /// do it through [`crate::commit::ChangeSet::handled`].
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn done(&self, events: &[Envelope]) -> Result<(), CommitError>;

    /// Which of these were handled or parked before.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn known(&self, ids: &[EventId]) -> Result<Vec<EventId>, CommitError>;

    /// Puts an event off until `due`; `attempts` is its count of failures so far, `reason` the
    /// last. Takes it in if it was not there.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn postpone(
        &self,
        event: &Envelope,
        attempts: u32,
        due: Timestamp,
        reason: &str,
    ) -> Result<(), CommitError>;

    /// Puts an event aside. Takes it in if it was not there.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn park(&self, event: &Envelope, attempts: u32, reason: &str) -> Result<(), CommitError>;

    /// What was put aside, in order of ids, beyond `after` where it is given, at most `limit`. Of
    /// one that cannot be read the envelope holds what is known, and as its data what is kept.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn parked(&self, after: Option<EventId>, limit: u32) -> Result<Vec<Parked>, CommitError>;

    /// One of those that were put aside.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn find_parked(&self, id: EventId) -> Result<Option<Parked>, CommitError>;

    /// How many were put aside.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn count_parked(&self) -> Result<u64, CommitError>;

    /// Makes a parked event due at once with no failures counted, its data replaced where
    /// `edited` is given. False where no such event is parked.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn replay(&self, id: EventId, edited: Option<&Envelope>) -> Result<bool, CommitError>;

    /// Gives a parked event up: it counts as handled. False where no such event is parked.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn drop_parked(&self, id: EventId) -> Result<bool, CommitError>;

    /// How many events of type `kind` with this correlation id were handled or parked.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn settled(&self, correlation: Uuid, kind: &str) -> Result<Settled, CommitError>;

    /// Forgets handled events that were recorded before `before`. A repetition of one is handled anew,
    /// which versions make harmless.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn forget(&self, before: Timestamp) -> Result<u64, CommitError>;
}
