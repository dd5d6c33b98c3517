//! Incoming events: opened here, decided on in the application.

use async_trait::async_trait;
use kith_shared::events::{
    ingest::{ImportChanged, InteractionsChanged, PersonChanged},
    users::{AccountChanged, CircleChanged, ErasureRequested},
};
use skeleton_durable::{
    Envelope, Event,
    consumer::{HandleError, Handler},
};

use crate::application::{App, apply_events::Incoming};

#[async_trait]
impl Handler for App {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let opened = events.iter().map(|event| Ok((event.clone(), open(event)?)));
        self.apply_events(opened.collect::<Result<_, HandleError>>()?)
            .await
    }
}

fn open(event: &Envelope) -> Result<Incoming, HandleError> {
    Ok(match event.kind.as_str() {
        AccountChanged::TYPE => Incoming::Account(event.open()?),
        CircleChanged::TYPE => Incoming::Circle(event.part()?),
        ErasureRequested::TYPE => Incoming::Erased(event.open::<ErasureRequested>()?.account_id),
        PersonChanged::TYPE => Incoming::Person(event.part()?),
        InteractionsChanged::TYPE => Incoming::Interactions(event.part()?),
        ImportChanged::TYPE => Incoming::Import(event.part()?),
        kind => return Err(HandleError::Reject(format!("not a kind asked for: {kind}"))),
    })
}
