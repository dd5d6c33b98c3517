//! Incoming events: opened here, decided on in the application.

use async_trait::async_trait;
use kith_shared::events::{network, search, users};
use skeleton_durable::{
    Envelope, Event,
    consumer::{HandleError, Handler},
};

use crate::{
    application::{App, apply_events::Incoming},
    domain::import::Applied,
};

#[async_trait]
impl Handler for App {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let opened = events.iter().filter_map(|event| open(event).transpose());
        self.apply_events(events, opened.collect::<Result<_, _>>()?)
            .await
    }
}

/// What an event says; nothing of a type that is of no use here.
fn open(event: &Envelope) -> Result<Option<Incoming>, HandleError> {
    Ok(Some(match event.kind.as_str() {
        users::AccountChanged::TYPE => Incoming::Account(event.open()?),
        users::ErasureRequested::TYPE => Incoming::Erasure(event.open()?),
        users::SampleRequested::TYPE => Incoming::Sample {
            event: event.id,
            time: event.time,
            request: event.open()?,
        },
        network::ImportApplied::TYPE => {
            let import = event.open::<network::ImportApplied>()?.import_id;
            Incoming::Applied(import, Applied::BY_NETWORK)
        }
        search::ImportApplied::TYPE => {
            let import = event.open::<search::ImportApplied>()?.import_id;
            Incoming::Applied(import, Applied::BY_SEARCH)
        }
        _ => return Ok(None),
    }))
}
