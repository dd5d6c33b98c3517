//! All event types, and who wants them. JSON Schemas, the AsyncAPI document and what a broker must know
//! before the first event is sent are made from it.
//!
//! Who wants what stands here and nowhere else: a consumer subscribes to [`wanted_by`] its name, and
//! publishers have the broker keep for each what it wants, so that an event waits for a consumer that
//! was never started yet.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, schema_for};
use skeleton_envelope::{BadEvent, Envelope, Event};

use crate::events::{ingest, network, notifications, search, users};

/// Rises with every change of who wants what, so that an older program never takes away from a broker
/// what a newer one has set up.
pub const TOPOLOGY_VERSION: u32 = 1;

/// One event type.
#[derive(Debug)]
pub struct EventType {
    /// See [`Event::TYPE`].
    pub name: &'static str,
    /// See [`Event::SCHEMA_VERSION`].
    pub schema_version: u16,
    /// The services that want it.
    pub wanted_by: &'static [&'static str],
    /// Makes its JSON Schema.
    pub schema: fn() -> Schema,
    /// Parses an envelope as this type and says what was wrong.
    pub parse: fn(&Envelope) -> Result<(), BadEvent>,
}

fn entry<E: Event + JsonSchema>(wanted_by: &'static [&'static str]) -> EventType {
    EventType {
        name: E::TYPE,
        schema_version: E::SCHEMA_VERSION,
        wanted_by,
        schema: || schema_for!(E),
        parse: |envelope| envelope.open::<E>().map(drop),
    }
}

/// Every event type that any service publishes, with who wants it, by name.
#[must_use]
pub fn all() -> Vec<EventType> {
    let mut types = vec![
        entry::<users::AccountChanged>(&[
            "gateway",
            "ingest",
            "network",
            "notifications",
            "search",
        ]),
        entry::<users::CircleChanged>(&["gateway", "network", "notifications", "search"]),
        entry::<users::InvitationChanged>(&["gateway", "notifications"]),
        entry::<users::SampleRequested>(&["ingest"]),
        entry::<users::ErasureRequested>(&[
            "gateway",
            "ingest",
            "network",
            "notifications",
            "search",
        ]),
        entry::<ingest::PersonChanged>(&["network", "search"]),
        entry::<ingest::InteractionsChanged>(&["network"]),
        entry::<ingest::ImportChanged>(&["gateway", "network", "notifications", "search"]),
        entry::<network::TieChanged>(&["search"]),
        entry::<network::AnnotationChanged>(&["search"]),
        entry::<network::ImportApplied>(&["ingest"]),
        entry::<search::ImportApplied>(&["ingest"]),
        entry::<notifications::NotificationChanged>(&["gateway"]),
    ];
    types.sort_by_key(|event| event.name);
    types
}

/// Every consumer with the event types that it wants.
#[must_use]
pub fn consumers() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut consumers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in all() {
        for consumer in event.wanted_by {
            consumers.entry(consumer).or_default().push(event.name);
        }
    }
    consumers.into_iter().collect()
}

/// The event types that a consumer wants; none where nobody of that name wants any.
#[must_use]
pub fn wanted_by(consumer: &str) -> Vec<&'static str> {
    let all = all().into_iter();
    all.filter(|event| event.wanted_by.contains(&consumer))
        .map(|event| event.name)
        .collect()
}
