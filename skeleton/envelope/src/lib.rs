//! The envelope in which every event travels, after CloudEvents 1.0.
//!
//! This is a wire format and nothing else: no store, no broker, no clock. A service states *what*
//! happened by implementing [`Event`]; [`Envelope::seal`] adds who, when and why.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

/// Identifies one event for ever. UUIDv7, so ids sort roughly by time.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

impl EventId {
    /// A new id.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }
}

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Something that happened to one subject: the subject's full current state at a version.
///
/// Because the state is whole and versioned, order does not matter: a consumer keeps the highest
/// version it has seen and ignores the rest.
pub trait Event: Serialize + DeserializeOwned {
    /// The type, `<publisher>.<noun>-<past tense>`, for ever.
    const TYPE: &'static str;
    /// Raised when a field is added; fields are never removed, renamed or given another meaning.
    const SCHEMA_VERSION: u16 = 1;

    /// The publisher's name: the part of the type before the first dot.
    fn source() -> &'static str {
        Self::TYPE.split('.').next().unwrap_or(Self::TYPE)
    }
    /// What it happened to, unique within the type.
    fn subject(&self) -> String;
    /// The version of the subject that this state is.
    fn subject_version(&self) -> i64;
    /// The account that the subject belongs to, if it belongs to one.
    fn account(&self) -> Option<Uuid>;
}

/// A value of an enum that a later version may know more of. What this version does not know is
/// kept and written as it is; whoever must decide by it says what it then takes it for.
///
/// ```
/// use skeleton_envelope::Open;
///
/// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// #[serde(rename_all = "snake_case")]
/// enum Level { Low, High }
///
/// let known: Open<Level> = serde_json::from_str("\"low\"").unwrap();
/// assert_eq!(known.known(), Some(Level::Low));
/// let other: Open<Level> = serde_json::from_str("\"medium\"").unwrap();
/// assert_eq!(serde_json::to_string(&other).unwrap(), "\"medium\"");
/// assert_eq!(other.known(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Open<T> {
    /// One that this version knows.
    Known(T),
    /// One that it does not.
    Other(serde_json::Value),
}

impl<T> Open<T> {
    /// The value, where this version knows it.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

impl<T> From<T> for Open<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

/// Why an event happened: what every event of one piece of work has in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// Common to everything that one request or job set off.
    pub correlation: Option<Uuid>,
    /// The event that directly caused this one.
    pub causation: Option<EventId>,
    /// W3C trace context of the work that made it.
    pub traceparent: Option<String>,
}

impl Cause {
    /// Work that belongs to `correlation`.
    #[must_use]
    pub fn correlated(correlation: Uuid) -> Self {
        Self {
            correlation: Some(correlation),
            ..Self::default()
        }
    }
}

/// One event on its way: metadata that every consumer understands, and data that those who know
/// the type do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// Identity; a repeated delivery carries the same.
    pub id: EventId,
    /// The publishing service.
    pub source: String,
    /// See [`Event::TYPE`].
    #[serde(rename = "type")]
    pub kind: String,
    /// See [`Event::SCHEMA_VERSION`].
    #[serde(rename = "schemaversion")]
    pub schema_version: u16,
    /// See [`Event::subject`].
    pub subject: String,
    /// See [`Event::subject_version`].
    #[serde(rename = "subjectversion")]
    pub subject_version: i64,
    /// See [`Event::account`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Uuid>,
    /// When it was recorded, UTC.
    pub time: Timestamp,
    /// See [`Cause::correlation`]; the event's own id where it had no cause.
    #[serde(rename = "correlationid")]
    pub correlation_id: Uuid,
    /// See [`Cause::causation`].
    #[serde(
        rename = "causationid",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub causation_id: Option<EventId>,
    /// See [`Cause::traceparent`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The event itself, not parsed until somebody who knows the type asks.
    pub data: Box<RawValue>,
}

/// The data of an envelope is not what its type promises.
#[derive(Debug, thiserror::Error)]
#[error("event {id} of type {kind} does not hold what its type promises: {source}")]
pub struct BadEvent {
    /// Which event.
    pub id: EventId,
    /// Its type.
    pub kind: String,
    /// What the parser said.
    pub source: serde_json::Error,
}

impl Envelope {
    /// Puts an event into a new envelope.
    pub fn seal<E: Event>(event: &E, time: Timestamp, cause: &Cause) -> Self {
        let id = EventId::generate();
        Self {
            id,
            source: E::source().to_owned(),
            kind: E::TYPE.to_owned(),
            schema_version: E::SCHEMA_VERSION,
            subject: event.subject(),
            subject_version: event.subject_version(),
            account: event.account(),
            time,
            correlation_id: cause.correlation.unwrap_or(id.0),
            causation_id: cause.causation,
            traceparent: cause.traceparent.clone(),
            data: serde_json::value::to_raw_value(event)
                .expect("events are structs with string keys, which always serialise"),
        }
    }

    /// Whether this is an `E`.
    #[must_use]
    pub fn is<E: Event>(&self) -> bool {
        self.kind == E::TYPE
    }

    /// Opens the envelope.
    ///
    /// # Errors
    /// When the data does not parse as `E`.
    pub fn open<E: Event>(&self) -> Result<E, BadEvent> {
        serde_json::from_str(self.data.get()).map_err(|source| BadEvent {
            id: self.id,
            kind: self.kind.clone(),
            source,
        })
    }

    /// What a consumer needs of the data, and nothing more: what a later version adds to the rest,
    /// a new value of an enum say, is then no reason to put the event aside.
    ///
    /// # Errors
    /// When the data does not hold that.
    pub fn part<T: DeserializeOwned>(&self) -> Result<T, BadEvent> {
        serde_json::from_str(self.data.get()).map_err(|source| BadEvent {
            id: self.id,
            kind: self.kind.clone(),
            source,
        })
    }

    /// The cause to give to events that follow from this one.
    #[must_use]
    pub fn as_cause(&self) -> Cause {
        Cause {
            correlation: Some(self.correlation_id),
            causation: Some(self.id),
            traceparent: self.traceparent.clone(),
        }
    }
}
