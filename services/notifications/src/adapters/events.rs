//! Events of other services come in.

use async_trait::async_trait;
use skeleton_durable::{
    Envelope,
    consumer::{HandleError, Handler},
};

use crate::application::{App, apply_events::ApplyError};

/// Hands events to the use case.
pub(crate) struct Events {
    pub(crate) app: App,
}

#[async_trait]
impl Handler for Events {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        self.app
            .apply_events(events)
            .await
            .map_err(|error| match error {
                ApplyError::Bad(error) => error.into(),
                ApplyError::Store(error) => error.into(),
            })
    }
}
