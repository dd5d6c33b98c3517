//! Events come in: decoded here, decided on in the application.

use async_trait::async_trait;
use skeleton_durable::{
    Envelope, Event,
    consumer::{HandleError, Handler},
};

use crate::{application::App, domain::thing::ThingChanged};

/// The event types that this service wants.
pub const KINDS: &[&str] = &[ThingChanged::TYPE];

/// Hands events to the use case.
pub(crate) struct Events {
    pub(crate) app: App,
}

#[async_trait]
impl Handler for Events {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let changed = events
            .iter()
            .filter(|event| event.is::<ThingChanged>())
            .map(Envelope::open::<ThingChanged>)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.app.count_changes(&changed, events).await?)
    }
}
