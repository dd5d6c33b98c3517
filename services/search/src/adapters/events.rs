//! Incoming events: opened here, decided on in the application.

use async_trait::async_trait;
use kith_shared::{
    events::{
        ingest::{ImportChanged, PersonChanged},
        network::{AnnotationChanged, TieChanged},
        users::{AccountChanged, CircleChanged, ErasureRequested},
    },
    open::{OpenPerson, OpenTie},
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
        PersonChanged::TYPE => Incoming::Change(event.part::<OpenPerson>()?.into()),
        AnnotationChanged::TYPE => Incoming::Change(event.open::<AnnotationChanged>()?.into()),
        TieChanged::TYPE => Incoming::Change(event.part::<OpenTie>()?.into()),
        AccountChanged::TYPE => Incoming::Account(event.open()?),
        CircleChanged::TYPE => Incoming::Circle(event.part()?),
        ErasureRequested::TYPE => Incoming::Erased(event.open::<ErasureRequested>()?.account_id),
        ImportChanged::TYPE => Incoming::Import(event.part()?),
        kind => return Err(HandleError::Reject(format!("not a kind asked for: {kind}"))),
    })
}
